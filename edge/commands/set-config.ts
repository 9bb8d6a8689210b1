/**
 * `set-config`: a configuration from central is checked beside the running one, put in place and taken over, and then has to prove
 * itself: central must be heard within 10 minutes, else the one before it is in force again. Only then is the command answered. Where there
 * was no line before (the command was carried here), none can be lost: there the program must have run with it for the 10 minutes.
 */
import type { CommandId } from "../../shared/model/ids.ts";
import { decodeSetConfig } from "../../shared/protocol/command-args.ts";
import type { CentralLayer } from "../config/central-layer.ts";
import type { Answer } from "./command-answer.ts";
import { ask, type CommandSteps } from "./command-steps.ts";

/** By the monotonic clock. A start of the program begins it anew, but not for ever: see STARTS_ON_TRIAL_MAX. */
export const TRIAL_MS = 10 * 60_000;
const TAKE_BACK_RETRY_MS = 60_000;
/** A configuration that ends the program again and again never lasts for 10 minutes: it is taken back at this start. */
export const STARTS_ON_TRIAL_MAX = 3;

export interface SetConfigDeps {
  readonly layer: Omit<CentralLayer, "noteStart">;
  readonly digestOf: (yaml: string) => string;
  /** Carries out steps that no command waits for. */
  readonly run: (steps: CommandSteps<void>) => void;
  /** Keys that stand in the files and take effect at the next start only. */
  readonly waitsForStart: () => readonly string[];
  /** Makes central answer. */
  readonly beat: () => void;
  readonly after: (ms: number, act: () => void) => () => void;
  /** Milliseconds of a clock that only goes on. */
  readonly monoMs: () => number;
  /** TRIAL_MS. */
  readonly trialMs?: number | undefined;
}

type Finish = (answer: Answer) => void;

export interface ConfigTrial {
  readonly begin: (id: CommandId, args: Uint8Array, finish: Finish) => CommandSteps<Answer | "later">;
  /** A trial that the last run of the program left open. */
  readonly resume: (revision: number, finish: Finish) => Answer | "later";
  /** Central answered: what is on trial has proved itself. */
  readonly centralHeard: () => void;
}

interface Running {
  readonly revision: number;
  readonly finish: Finish;
  readonly cancel: () => void;
}

const refused = (words: string): Answer => ({ outcome: "refused", words, detail: null });

export function makeConfigTrial(deps: SetConfigDeps): ConfigTrial {
  const { layer, trialMs = TRIAL_MS } = deps;
  let running: Running | null = null;
  let heardMs: number | null = null;

  const start = (revision: number, finish: Finish): void => {
    const decide = () => (layer.needsLine() ? deps.run(takeBack()) : prove());
    running = { revision, finish, cancel: deps.after(trialMs, decide) };
    deps.beat();
  };

  const end = (): Running | null => {
    const ended = running;
    running = null;
    ended?.cancel();
    return ended;
  };

  function* takeBack(): CommandSteps<void> {
    if (running === null) return;
    try {
      layer.putBack();
    } catch {
      // A full disk: the trial stays open and this is tried again, or the next start of the program does it.
      running = { ...running, cancel: deps.after(TAKE_BACK_RETRY_MS, () => deps.run(takeBack())) };
      return;
    }
    const ended = end();
    if (ended === null) return;
    yield* ask({ ask: "reload" });
    const words = `Revision ${ended.revision} was in force, and central was not reached for 10 minutes. The configuration before it is in force again.`;
    ended.finish({ outcome: "rolled-back", words, detail: null });
  }

  const centralHeard = (): void => {
    heardMs = deps.monoMs();
    prove();
  };

  const prove = (): void => {
    const ended = end();
    if (ended === null) return;
    layer.keep();
    const later = deps.waitsForStart();
    const rest = later.length === 0 ? "" : ` Of it, ${later.join(", ")} takes effect when the edge is started the next time.`;
    ended.finish({ outcome: "done", words: `Revision ${ended.revision} is in force.${rest}`, detail: null });
  };

  return {
    *begin(id, args, finish) {
      const wanted = decodeSetConfig(args);
      if (wanted === undefined) return refused("The configuration does not match its digest, or cannot be read. Nothing was changed.");
      const { revision, yaml } = wanted;
      const standing = layer.revision();
      if (revision < standing) return refused(`Revision ${standing} is in force, which is newer. Nothing was changed.`);
      if (revision === standing) return sameRevision(revision, layer.digest() === deps.digestOf(yaml));
      const words = layer.check(yaml);
      if (words !== null) return refused(`${words}. Nothing was changed.`);
      // Whoever sends the next one has been heard since the last, or somebody brought it.
      prove();
      yield* ask({ ask: "put-on-trial", id, revision });
      layer.put(revision, yaml, heardMs !== null && deps.monoMs() - heardMs < trialMs ? "line" : "no-line");
      const trouble = yield* ask({ ask: "reload" });
      if (trouble === null) {
        start(revision, finish);
        return "later";
      }
      layer.putBack();
      yield* ask({ ask: "reload" });
      return refused(`${trouble} The configuration before it is in force again.`);
    },
    resume(revision, finish) {
      if (layer.revision() === revision) {
        start(revision, finish);
        return "later";
      }
      const words =
        "The program at the site ended while it took this over, or could not run with it. The configuration before it is in force.";
      return { outcome: "rolled-back", words, detail: null };
    },
    centralHeard,
  };
}

function sameRevision(revision: number, isSame: boolean): Answer {
  if (!isSame) return refused(`Another configuration of revision ${revision} is in force. Nothing was changed.`);
  return { outcome: "done", words: `Revision ${revision} was in force already.`, detail: null };
}
