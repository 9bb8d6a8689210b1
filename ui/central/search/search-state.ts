/** One plate search: asked when plate and reason are known, continued page by page. */
import type { Coverage, DetectionSearchAnswer, SearchMatch } from "../../../shared/api/central-api.ts";
import type { DetectionView } from "../../../shared/api/views.ts";
import { load, notLoaded } from "../../data/loaded.ts";
import { showToast } from "../../data/toasts.ts";
import { api } from "../session-state.ts";

export interface PlateQuestion {
  plate: string;
  match: SearchMatch;
  reason: string;
  case?: string;
  from?: string;
  to?: string;
  site?: string;
}
const PAGE = 50;

export const found = notLoaded<{ detections: readonly DetectionView[]; cursor: string | null; coverage: Coverage }>();
let asked: PlateQuestion | undefined;

/** Days of the form as the moments between which a detection must lie; the last day is included. */
function toBody(question: PlateQuestion, cursor?: string) {
  const { from, to, ...rest } = question;
  return {
    ...rest,
    limit: PAGE,
    ...(from === undefined ? {} : { from: new Date(`${from}T00:00:00`).toISOString() }),
    ...(to === undefined ? {} : { to: new Date(Date.parse(`${to}T00:00:00`) + 86_400_000).toISOString() }),
    ...(cursor === undefined ? {} : { cursor }),
  };
}

/** Asks; a question equal to the one whose answer is shown is not asked (and recorded) again when one comes back to the page. */
export async function searchPlate(question: PlateQuestion, again: "ask-again" | "keep" = "keep"): Promise<void> {
  if (again === "keep" && asked !== undefined && JSON.stringify(asked) === JSON.stringify(question) && found.peek().value !== undefined)
    return;
  asked = question;
  found.value = { value: undefined, problem: undefined, loading: false };
  await load(found, async () => {
    const answer = await api.send<DetectionSearchAnswer>("POST", "/detections/search", toBody(question));
    return answer.ok
      ? { ok: true, value: { detections: answer.value.detections, cursor: answer.value.next_cursor, coverage: answer.value.coverage } }
      : answer;
  });
}

export async function searchOlder(): Promise<void> {
  const known = found.peek().value;
  if (asked === undefined || known === undefined || known.cursor === null) return;
  const answer = await api.send<DetectionSearchAnswer>("POST", "/detections/search", toBody(asked, known.cursor));
  if (!answer.ok) return showToast(answer.problem.words);
  found.value = {
    ...found.peek(),
    value: { ...known, detections: [...known.detections, ...answer.value.detections], cursor: answer.value.next_cursor },
  };
}
