import type { Foundation } from "./foundation.ts";
import { type Merging, openMerging } from "./merging.ts";

/**
 * A command that may write records, on a foundation of its own: closed when the work has ended, however it ended. Only then is the
 * embedded database marked as ended in good order: marked before, one that was killed while it closed would go on in its old life, and
 * edges would take what it lost for held. A refused command is an orderly end too, and no new incarnation is due.
 */
export async function withMerging<Answer>(base: Foundation, work: (merging: Merging) => Promise<Answer>): Promise<Answer> {
  let life: Merging["life"] | null = null;
  try {
    const merging = await openMerging(base, () => undefined);
    life = merging.life;
    return await work(merging);
  } finally {
    await base.close();
    life?.markClean();
  }
}
