/** Everything known of one plate: summary, route, detections. Each question carries the reason. */
import type { Coverage, DetectionSearchAnswer, PlateRoute, PlateSummary } from "../../../shared/api/central-api.ts";
import type { DetectionView } from "../../../shared/api/views.ts";
import { queryText } from "../../data/api-client.ts";
import { load, notLoaded } from "../../data/loaded.ts";
import { api } from "../session-state.ts";

export interface PlateAsked {
  plate: string;
  reason: string;
  case?: string | undefined;
}
/** Enough for a table that a person reads; the search page goes further. */
const DETECTIONS_PAGE = 200;

export const summary = notLoaded<PlateSummary>();
export const plateRoute = notLoaded<PlateRoute>();
export const plateDetections = notLoaded<{ detections: readonly DetectionView[]; coverage: Coverage; more: boolean }>();

/** Asks for all three; what was shown of another plate goes first. */
export async function loadPlate(asked: PlateAsked): Promise<void> {
  const empty = { value: undefined, problem: undefined, loading: false };
  summary.value = empty;
  plateRoute.value = empty;
  plateDetections.value = empty;
  const why = queryText({ reason: asked.reason, case: asked.case });
  const path = `/plates/${encodeURIComponent(asked.plate)}`;
  await Promise.all([
    load(summary, () => api.get<PlateSummary>(path + why)),
    load(plateRoute, () => api.get<PlateRoute>(`${path}/route${why}`)),
    load(plateDetections, async () => {
      const answer = await api.send<DetectionSearchAnswer>("POST", "/detections/search", {
        plate: asked.plate,
        match: "exact",
        reason: asked.reason,
        ...(asked.case ? { case: asked.case } : {}),
        limit: DETECTIONS_PAGE,
      });
      return answer.ok
        ? {
            ok: true,
            value: { detections: answer.value.detections, coverage: answer.value.coverage, more: answer.value.next_cursor !== null },
          }
        : answer;
    }),
  ]);
}
