/** One PUT of a piece over a site's line: it may be lost, cut in the middle, come twice, or its answer may be lost. */
import { REFUSAL_STATUS } from "../../../central/http/refusal.ts";
import type { ImageAnswer } from "../../../central/ingest/take-image.ts";
import type { Sha256 } from "../../../shared/model/ids.ts";
import type { SeededRandom } from "../../demo/town/seeded-random.ts";
import type { SimSite } from "./sim-site.ts";

/** As `edge/sync/send-images.ts`. */
const TIMEOUT_MS = 60_000;

/** `status` null: no answer came. `told`: the Upload-Offset of the answer. */
export type PutDone = (status: number | null, told: string | null) => void;

export function putOverLine(
  { site, random }: { readonly site: SimSite; readonly random: SeededRandom },
  sha256: Sha256,
  offset: number,
  body: Uint8Array,
  done: PutDone,
): void {
  const { line, world } = site;
  const { agenda, central } = world;
  let isDone = false;
  const end = (status: number | null, told: string | null): void => {
    if (!isDone) done(status, told);
    isDone = true;
  };
  const timeout = agenda.after(TIMEOUT_MS, () => end(null, null));
  const answered = (answer: ImageAnswer): void => {
    const [status, told] = responseOf(answer);
    agenda.after(line.latencyMs(random), () => {
      if (line.isPartitioned() || fate === "overtake") return;
      timeout.cancelled = true;
      end(status, told);
    });
  };
  const fate = line.fate(random);
  if (fate !== "deliver") world.mark(`image-put-${fate}`);
  agenda.after(line.latencyMs(random), () => {
    if (fate === "drop" || line.isPartitioned() || !central.isUp) return;
    const isCut = fate === "truncate";
    const sent = isCut ? body.subarray(0, body.length >> 1) : body;
    central.images.receive(sha256, offset, sent, isCut, answered);
    // A proxy on the way sends it once more, while the first may still be read.
    if (fate === "repeat") central.images.receive(sha256, offset, sent, isCut, answered);
  });
}

/** As `central/ingest/sync-routes.ts` says it. */
function responseOf(answer: ImageAnswer): readonly [number, string | null] {
  if (answer.kind === "at") return [204, String(answer.offset)];
  return [REFUSAL_STATUS[answer.kind], answer.kind === "wrong_offset" ? String(answer.offset) : null];
}
