/**
 * What goes wrong in a seed, as a list that can be read, written down and shortened. Each fault draws from a random stream of its own
 * (named by `id`), so that taking one out of the list does not move the others.
 */
export const FAULT_CLASSES = ["network", "disk", "process", "clock", "identity", "data", "pressure"] as const;
export type FaultClass = (typeof FAULT_CLASSES)[number];

interface Common {
  readonly id: number;
  readonly atMs: number;
}
interface AtSite extends Common {
  readonly site: number;
}

export type Fault =
  /** Frames of one site dropped, repeated, overtaken, cut short or late, each with its chance in thousandths. */
  | (AtSite & {
      readonly kind: "weather";
      readonly lastsMs: number;
      readonly drop: number;
      readonly repeat: number;
      readonly overtake: number;
      readonly truncate: number;
      readonly slowMs: number;
    })
  /** The connection ends, both sides are told. */
  | (AtSite & { readonly kind: "cut" })
  /** One direction (or both) goes nowhere from here on, and nobody is told. */
  | (AtSite & { readonly kind: "half-open"; readonly way: "up" | "down" | "both" })
  | (AtSite & { readonly kind: "partition"; readonly lastsMs: number })
  | (AtSite & { readonly kind: "socket-blocked"; readonly lastsMs: number })
  /**
   * The line is away for `lastsMs`; `leavesMs` into that a bundle of what waits leaves on a stick and is read at central after each of
   * `arrivesMs`, the first time perhaps hurt (`at` in thousandths of its length). `who`: whose collector and API key it claims.
   */
  | (AtSite & {
      readonly kind: "stick";
      readonly lastsMs: number;
      readonly leavesMs: number;
      readonly arrivesMs: readonly number[];
      readonly damage: { readonly kind: "cut" | "flip"; readonly at: number } | null;
      readonly who: "owner" | "stranger" | "wrong-key";
      /** Until the receipt is back at the site; null: never. */
      readonly receiptMs: number | null;
    })
  /** What central ever commanded of a site comes once more, as a proxy or somebody on the line would repeat it. */
  | (AtSite & { readonly kind: "late-commands" })
  /** The process dies at the `effects`-th effect from here on, before it is carried out. */
  | (AtSite & { readonly kind: "kill-edge"; readonly effects: number; readonly downMs: number })
  /** The process dies inside its next store command: `kept` in thousandths of what that command wrote. */
  | (AtSite & { readonly kind: "kill-in-command"; readonly kept: number; readonly downMs: number })
  /** The process dies before the `steps`-th step of what central commands from here on, or its power fails. */
  | (AtSite & { readonly kind: "kill-at-command"; readonly steps: number; readonly power: boolean; readonly downMs: number })
  | (Common & { readonly kind: "kill-central"; readonly downMs: number })
  /** Power fails, inside the next store command or between two; what was not synced is lost, or kept in part, or torn. */
  | (AtSite & {
      readonly kind: "power-cut";
      readonly inCommand: boolean;
      readonly kept: number;
      readonly torn: boolean;
      readonly downMs: number;
    })
  | (AtSite & { readonly kind: "disk-full"; readonly lastsMs: number })
  /** The wall clock is set to `wallMs` (UTC) and nobody vouches for it. */
  | (AtSite & { readonly kind: "clock-set"; readonly wallMs: number })
  | (AtSite & { readonly kind: "clock-jump"; readonly byMs: number })
  /** The crystal runs fast by so many millionths from here on. */
  | (AtSite & { readonly kind: "drift"; readonly millionths: number })
  /** Central is put back to the newest or second newest verified backup. */
  | (Common & { readonly kind: "restore-central"; readonly backup: 0 | 1; readonly downMs: number })
  /** A new card: new key, new logs, nothing of the old one. */
  | (AtSite & { readonly kind: "reflash"; readonly downMs: number })
  /** A row of a list is lost on the card, and the program starts again. */
  | (AtSite & { readonly kind: "list-damage" })
  /** A copy of the card is made, and put back `lastsMs` later. */
  | (AtSite & { readonly kind: "old-copy"; readonly lastsMs: number; readonly downMs: number })
  /** A copy of the card runs in a second machine from here on, with the same key. */
  | (AtSite & { readonly kind: "clone" })
  /** A record of a kind that central does not know, as a newer release would write it. */
  | (AtSite & { readonly kind: "poison" })
  /** The cameras send messages again that were answered. */
  | (AtSite & { readonly kind: "camera-repeats"; readonly lastsMs: number })
  /** One plate again and again. */
  | (AtSite & { readonly kind: "same-plate"; readonly lastsMs: number })
  | (Common & { readonly kind: "database-away"; readonly lastsMs: number })
  /** Central grants nothing beyond what it has. */
  | (Common & { readonly kind: "no-credit"; readonly lastsMs: number })
  /** Days without cars, people and faults: not a fault by itself. What is older than a week may go afterwards. */
  | (Common & { readonly kind: "quiet-days"; readonly days: number })
  /** A site is cut off for days, weeks or more than half a year, while its people and a dispatcher work on the same entry. */
  | (AtSite & { readonly kind: "absence"; readonly days: number; readonly beforeMs: number; readonly afterMs: number })
  /** Something else takes the card until so much is free. */
  | (AtSite & { readonly kind: "card-fills"; readonly lastsMs: number; readonly freeMib: number })
  /** Central's clock is wrong by so much. */
  | (Common & { readonly kind: "central-clock"; readonly lastsMs: number; readonly byMs: number })
  /** The site's config asks for APPENDs of so few records: more of them are on their way at once. */
  | (AtSite & { readonly kind: "small-batches"; readonly most: number })
  /** A copy of central, of its machine as it runs or of its newest backup, answers some of the sites beside it; then it is gone. */
  | (Common & {
      readonly kind: "clone-central";
      readonly lastsMs: number;
      readonly copyOf: "machine" | "backup";
      readonly life: "same" | "new";
    })
  /** The program is started a second time on the same card. */
  | (AtSite & { readonly kind: "second-instance" })
  /** The site's program is of the oldest release for a while. */
  | (AtSite & { readonly kind: "older-edge"; readonly lastsMs: number })
  | (Common & { readonly kind: "older-central"; readonly lastsMs: number })
  /** One bit flips on the card: inside a record, in a page's header, or in the WAL. */
  | (AtSite & { readonly kind: "bit-flip"; readonly where: "record" | "page" | "wal"; readonly downMs: number })
  /** Records cannot be written: for a while, or once. */
  | (AtSite & { readonly kind: "io-error"; readonly lastsMs: number; readonly once: boolean })
  /** The process dies, or its machine, before the `steps`-th step of pictures on their way to the card. */
  | (AtSite & {
      readonly kind: "kill-over-picture";
      readonly steps: number;
      readonly isPower: boolean;
      readonly kept: number;
      readonly torn: boolean;
      readonly downMs: number;
    })
  /** There is room for rows and none for pictures. */
  | (AtSite & { readonly kind: "pictures-full"; readonly lastsMs: number })
  /** A picture that waits on the card is other bytes from here on: it does not match its name. */
  | (AtSite & { readonly kind: "picture-damage" })
  /** Another collector uploads bytes of its own under the name of a picture that central waits for. */
  | (Common & { readonly kind: "upload-meddled" })
  /** Central's picture store takes nothing, and its uploads break off in the middle. */
  | (Common & { readonly kind: "image-store-away"; readonly lastsMs: number });

export type FaultKind = Fault["kind"];

/** When the last of it is over, in the seed's time. */
export function endOf(fault: Fault): number {
  const lastsMs = "lastsMs" in fault ? fault.lastsMs : 0;
  const carriedMs = fault.kind === "stick" ? fault.leavesMs + Math.max(0, ...fault.arrivesMs) + (fault.receiptMs ?? 0) : 0;
  return fault.atMs + Math.max(lastsMs, carriedMs);
}

export const CLASS_OF: Readonly<Record<FaultKind, FaultClass>> = {
  weather: "network",
  cut: "network",
  "half-open": "network",
  partition: "network",
  "socket-blocked": "network",
  "kill-edge": "process",
  "kill-in-command": "process",
  "kill-central": "process",
  "power-cut": "disk",
  "disk-full": "disk",
  "list-damage": "disk",
  "clock-set": "clock",
  "clock-jump": "clock",
  drift: "clock",
  "restore-central": "identity",
  reflash: "identity",
  "old-copy": "identity",
  clone: "identity",
  poison: "data",
  "camera-repeats": "data",
  "same-plate": "data",
  "database-away": "pressure",
  "no-credit": "pressure",
  "quiet-days": "clock",
  absence: "network",
  "card-fills": "disk",
  "central-clock": "clock",
  "small-batches": "pressure",
  "clone-central": "identity",
  "second-instance": "process",
  "older-edge": "process",
  "older-central": "process",
  "bit-flip": "disk",
  "io-error": "disk",
  "kill-over-picture": "process",
  "pictures-full": "disk",
  "picture-damage": "data",
  "upload-meddled": "data",
  "image-store-away": "pressure",
  "kill-at-command": "process",
  "late-commands": "network",
  stick: "network",
};
