/**
 * The side that has no uplink: when it was down long enough and something waits, a bundle is made and handed to the first neighbour that takes it;
 * then that one is asked until central's receipt is there. Nothing counts as arrived before that receipt was checked.
 */

import type { HandedOver } from "./hand-over.ts";
import type { Outgoing, OutgoingBundle } from "./outgoing-bundle.ts";

export interface BringDeps {
  readonly outgoing: Pick<OutgoingBundle, "current" | "make" | "isSound" | "drop">;
  /** `connected`: the uplink's own word is newer than any receipt. `down`: long enough that neighbours are asked. */
  readonly uplink: () => "connected" | "soon" | "down";
  /** There is something that a bundle would carry, and room on the disk to make one. */
  readonly isWorthwhile: () => boolean;
  /** Where neighbours may be, likely ones first. */
  readonly addresses: () => readonly string[];
  readonly handOver: (address: string, bundle: Outgoing, signal: AbortSignal) => Promise<HandedOver>;
  /** Central's receipt for this very bundle: checked and taken; its words, or why it is none. */
  readonly takeReceipt: (receipt: Uint8Array, bundle: Outgoing) => Promise<ReceiptTaken>;
  readonly remember: (carried: Carried) => void;
  readonly onChange: () => void;
  /** For people. */
  readonly now: () => number;
  /** For waits: the wall clock jumps by decades when central tells it. */
  readonly monoMs: () => number;
  readonly log: { readonly info: (facts: object, words: string) => void; readonly warn: (facts: object, words: string) => void };
}

export interface ReceiptTaken {
  readonly isTaken: boolean;
  /** Less waits than before it. */
  readonly isProgress: boolean;
  readonly words: string;
}

/** The last bundle that a neighbour brought to central for this site. */
export interface Carried {
  readonly by: string;
  readonly records: number;
  readonly images: number;
  readonly receiptAtMs: number;
}

export interface AtNeighbour {
  readonly by: string;
  readonly records: number;
  readonly sinceMs: number;
}

export interface Bringer {
  /** One round; answers whether another one is worth its while at once. */
  readonly round: (signal: AbortSignal) => Promise<boolean>;
  /** What a neighbour holds for this site and central has not answered yet. */
  readonly waitsAt: () => AtNeighbour | null;
}

/** Nothing more of it got anywhere for so long: a fresh bundle holds what came since. */
const STALE_MS = 60 * 60_000;
/** Held for so long without an answer, it is given to another neighbour as well: twice changes nothing. */
const SECOND_CARRIER_MS = 30 * 60_000;
/** What could not be made, changed on the disk, or was refused by central, is not made again at once. */
const PAUSE_MS = 10 * 60_000;
const ADDRESSES_MAX = 16;

export function makeBringer(deps: BringDeps): Bringer {
  const { outgoing, log, monoMs } = deps;
  let pauseUntilMs = 0;
  /** When the bundle was made or got anywhere; one that lay here at the start counts from the start. */
  let movedMs = monoMs();
  let held: AtNeighbour | null = null;
  let heldFromMs = 0;
  /** Until when an address is left alone, because what it keeps is not what it is sent. */
  const rests = new Map<string, number>();
  /** The last sentence about each address: the same one again is no news. */
  const said = new Map<string, string>();

  const setHeld = (next: AtNeighbour | null): void => {
    const isNews = next?.by !== held?.by || next?.records !== held?.records;
    held = next;
    if (isNews) deps.onChange();
  };
  const drop = (): void => {
    outgoing.drop();
    setHeld(null);
  };
  const pause = (): void => {
    pauseUntilMs = monoMs() + PAUSE_MS;
  };
  const bundleNow = async (): Promise<Outgoing | null> => {
    const bundle = outgoing.current();
    const isStale = bundle !== null && monoMs() - movedMs > STALE_MS;
    if (bundle !== null && !isStale) return bundle;
    if (monoMs() < pauseUntilMs || !deps.isWorthwhile()) return bundle;
    const made = await outgoing.make();
    movedMs = monoMs();
    if (made === null) pause();
    else log.info({ records: made.records, images: made.images, bytes: made.bytes }, "a bundle was made for a neighbour to carry");
    return made;
  };
  const settle = async (
    bundle: Outgoing,
    { carrier, standing }: Extract<HandedOver, { kind: "standing" }>,
  ): Promise<"settled" | "held" | "no"> => {
    if (standing.state === "refused") {
      log.warn({ collector: carrier.collectorId }, `central refused this site's bundle: ${standing.words}`);
      pause();
      drop();
      return "settled";
    }
    if (standing.state === "delivered" && standing.receipt !== null) {
      const { isTaken, isProgress, words } = await deps.takeReceipt(standing.receipt, bundle);
      if (!isTaken) {
        log.warn({ collector: carrier.collectorId }, `a neighbour brought what is no receipt: ${words}`);
        return "no";
      }
      log.info({ collector: carrier.collectorId, records: bundle.records }, `a neighbour carried this site's bundle. ${words}`);
      deps.remember({ by: carrier.name, records: bundle.records, images: bundle.images, receiptAtMs: deps.now() });
      // A log that forked is settled by the uplink alone: the same bundle would go round and round.
      if (!isProgress) pause();
      drop();
      deps.onChange();
      return "settled";
    }
    if (held?.by !== carrier.name || held.records !== bundle.records) movedMs = monoMs();
    if (held?.by !== carrier.name) heldFromMs = monoMs();
    setHeld(
      held?.by === carrier.name ? { ...held, records: bundle.records } : { by: carrier.name, records: bundle.records, sinceMs: deps.now() },
    );
    return "held";
  };
  /** Whose file changed on its card: this site's own is given up and made anew later, a neighbour that changes what it takes rests. */
  const isOwnSpoiled = async (address: string): Promise<boolean> => {
    const isOwn = !(await outgoing.isSound());
    if (isOwn) {
      log.warn({}, "the bundle for neighbours changed on this disk; it is made anew");
      pause();
      drop();
    } else rests.set(address, monoMs() + PAUSE_MS);
    return isOwn;
  };

  return {
    waitsAt: () => held,
    async round(signal) {
      const uplink = deps.uplink();
      if (uplink === "connected" && outgoing.current() !== null) drop();
      if (uplink !== "down") return false;
      const addresses = deps.addresses().slice(0, ADDRESSES_MAX);
      if (addresses.length === 0) return false;
      const bundle = await bundleNow();
      if (bundle === null) return false;
      for (const address of addresses) {
        if (signal.aborted || deps.uplink() !== "down") return false;
        if (monoMs() < (rests.get(address) ?? 0)) continue;
        const handed = await deps.handOver(address, bundle, signal);
        if (handed.kind === "failed") {
          if (said.get(address) !== handed.why && !signal.aborted)
            log.info({ address }, `a neighbour did not take this site's bundle: ${handed.why}`);
          said.set(address, handed.why);
          if (handed.isSpoiled === true && (await isOwnSpoiled(address))) return false;
          continue;
        }
        said.delete(address);
        const outcome = await settle(bundle, handed);
        if (outcome === "settled") return true;
        if (outcome === "held" && monoMs() - heldFromMs < SECOND_CARRIER_MS) return false;
      }
      return false;
    },
  };
}
