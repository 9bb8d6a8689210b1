/** Large snapshots and the rows that they leave behind, taken a piece at a time between other commands: a car waits for one piece at most. */
import { randomUUID } from "node:crypto";
import { statSync } from "node:fs";
import type { Moment } from "../../shared/log/chain.ts";
import type { ListId } from "../../shared/model/ids.ts";
import type { EdgeStore } from "./open-store.ts";
import { beginStaging, type SnapshotStaging, type StagedPiece } from "./stage-snapshot.ts";
import { troubleWords } from "./store-trouble.ts";
import type { FromWriter, WriterCommand } from "./writer-messages.ts";

/** A smaller one is taken over in one go: some 300 entries. */
const STAGED_FROM_BYTES = 64 * 1024;

interface Queued {
  readonly id: number;
  readonly staging: SnapshotStaging;
}

export interface SnapshotQueue {
  /** True when the command is a large snapshot and will be answered later. */
  readonly take: (command: WriterCommand) => boolean;
  /** One piece of work; false when there was none. */
  readonly piece: () => boolean;
}

export function openSnapshotQueue(store: Pick<EdgeStore, "run">, now: () => Moment, say: (message: FromWriter) => void): SnapshotQueue {
  const queue: Queued[] = [];
  let isSwept = false;

  const stage = ({ id, staging }: Queued): void => {
    const { outcomes, news } = store.run([{ verb: "stagePiece", args: [staging, now()] }]);
    const [outcome] = outcomes;
    const isDone = outcome?.ok !== true || (outcome.value as StagedPiece).kind !== "more";
    if (isDone) {
      staging.close();
      queue.shift();
      isSwept = false;
    }
    say({ kind: "answers", answers: isDone && outcome !== undefined ? [{ ...outcome, id }] : [], news });
  };

  const sweep = (): boolean => {
    if (isSwept) return false;
    const [outcome] = store.run([{ verb: "sweepParts", args: [new Set(queue.map(({ staging }) => staging.part))] }]).outcomes;
    // A disk that refuses is asked again after the next snapshot.
    isSwept = outcome?.ok !== true || outcome.value !== true;
    return !isSwept;
  };

  return {
    take({ id, verb, args }) {
      if (verb !== "applySnapshot") return false;
      const [list, generation, at, source] = args as [ListId, string, number, Uint8Array | string];
      try {
        if ((typeof source === "string" ? statSync(source).size : source.length) < STAGED_FROM_BYTES) return false;
        queue.push({ id, staging: beginStaging(list, generation, at, source, randomUUID()) });
      } catch (error) {
        say({ kind: "answers", answers: [{ id, ok: false, words: troubleWords(error), bug: null }], news: [] });
      }
      return true;
    },
    piece() {
      const [first] = queue;
      if (first === undefined) return sweep();
      stage(first);
      return true;
    },
  };
}
