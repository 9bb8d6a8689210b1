import type { Moment } from "../../shared/log/chain.ts";
import type { CollectorId } from "../../shared/model/ids.ts";
import type { CommandOutcome } from "./open-store.ts";
import type { StoreNews } from "./store-port.ts";
import type { StoreVerb } from "./store-verbs.ts";

/** What the writer thread is started with. */
export interface WriterData {
  readonly home: string;
  readonly collector: CollectorId;
  /** 32-byte seed of the device key. */
  readonly seed: Uint8Array;
  readonly moment: Moment;
}

export interface WriterCommand {
  readonly id: number;
  /** When it was sent: the writer has no clock of its own, only time passing since. */
  readonly moment: Moment;
  readonly verb: StoreVerb;
  readonly args: readonly unknown[];
}

export type ToWriter = WriterCommand | { readonly close: true };

export type FromWriter =
  | { readonly kind: "ready" }
  | { readonly kind: "failed"; readonly words: string }
  | {
      readonly kind: "answers";
      readonly answers: readonly (CommandOutcome & { readonly id: number })[];
      readonly news: readonly StoreNews[];
    }
  | { readonly kind: "closed" };

/** Commands of one transaction at most; what is over waits for the next. */
export const BATCH_COMMANDS_MAX = 256;
