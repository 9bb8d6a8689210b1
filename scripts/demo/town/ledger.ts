/**
 * The ledger of truth: what every camera really saw, said and sent, kept outside the product so that the product's
 * counts can be held against it. A row is written when the camera makes the message; delivery is noted on it later.
 */
import type { WatchMatch } from "./plates.ts";

export type MessageKind = "read" | "corrected" | "parked" | "duplicate" | "malformed";

export interface LedgerRow {
  /** Place in the ledger, from 1. */
  readonly row: number;
  readonly site: string;
  readonly camera: string;
  /** The camera's own number of this message, from 1 without a gap. */
  readonly message: number;
  /** One going-by of one vehicle at one camera. */
  readonly pass: number;
  readonly kind: MessageKind;
  /** Whether the product must hold exactly one detection for this row; false for a duplicate and a malformed part. */
  readonly detection: boolean;
  /** UUID of the message; in the plate list, the picture's name. */
  readonly uuid: string;
  /** True moment, and the camera's own clock (which may be off), in Unix milliseconds. */
  readonly atMs: number;
  readonly cameraMs: number;
  readonly cameraTime: string;
  readonly plateTrue: string | null;
  /** As the camera says it: a plate, `noPlate` or `unknown`. */
  readonly plateSaid: string;
  readonly confidence: number;
  readonly direction: string;
  readonly vehicleType: string;
  readonly vehicleColor: string;
  readonly pictures: readonly { readonly type: string; readonly sha256: string; readonly bytes: number }[];
  readonly cropSha256: string | null;
  readonly fullSha256: string | null;
  /** Which watched plate this reading should match, with the watched plates known when it was made. */
  readonly watch: WatchMatch | null;
  /** A fault asked for through the control address. */
  readonly fault: string | null;
  /** How often it went out on the wire (stream, answer of the plate list) or was posted. */
  sends: number;
  firstSentMs: number | null;
  /** Stream: handed to the socket. Push: answered 200. Poll: listed and its picture fetched. */
  delivered: boolean;
  /** Status of the last answer to a push; null otherwise. */
  answered: number | null;
  /** Fell out of the camera's bounded backlog without being delivered. */
  dropped: boolean;
}

export type NewLedgerRow = Omit<LedgerRow, "row" | "sends" | "firstSentMs" | "delivered" | "answered" | "dropped">;

export interface LedgerQuery {
  readonly afterRow: number;
  readonly limit: number;
  readonly camera: string | null;
  readonly site: string | null;
}

export interface LedgerSummary {
  readonly rows: number;
  readonly passes: number;
  readonly detections: number;
  readonly delivered: number;
  readonly dropped: number;
  readonly expectedAlertPasses: number;
  readonly cameras: Readonly<Record<string, { messages: number; detections: number; delivered: number }>>;
}

export interface Ledger {
  note(row: NewLedgerRow): LedgerRow;
  read(query: LedgerQuery): LedgerRow[];
  summary(): LedgerSummary;
}

/** At 30 a minute this is more than a day; a longer run refuses to go on rather than forget truth. */
const LEDGER_ROWS_MAX = 100_000;

/** Opens an empty ledger. */
export function openLedger(): Ledger {
  const rows: LedgerRow[] = [];
  return {
    note(fresh) {
      if (rows.length >= LEDGER_ROWS_MAX) throw new Error(`the ledger holds ${LEDGER_ROWS_MAX} rows and takes no more`);
      const row: LedgerRow = {
        row: rows.length + 1,
        ...fresh,
        sends: 0,
        firstSentMs: null,
        delivered: false,
        answered: null,
        dropped: false,
      };
      rows.push(row);
      return row;
    },
    read({ afterRow, limit, camera, site }) {
      const found: LedgerRow[] = [];
      for (let i = Math.max(0, afterRow); i < rows.length && found.length < limit; i++) {
        const row = rows[i]!;
        if ((camera === null || row.camera === camera) && (site === null || row.site === site)) found.push(row);
      }
      return found;
    },
    summary: () => summarise(rows),
  };
}

function summarise(rows: readonly LedgerRow[]): LedgerSummary {
  const cameras: Record<string, { messages: number; detections: number; delivered: number }> = {};
  const alerting = new Set<string>();
  const passes = new Set<number>();
  let detections = 0;
  let delivered = 0;
  let dropped = 0;
  for (const row of rows) {
    const camera = cameras[row.camera] ?? { messages: 0, detections: 0, delivered: 0 };
    cameras[row.camera] = camera;
    camera.messages++;
    passes.add(row.pass);
    if (!row.detection) continue;
    detections++;
    camera.detections++;
    if (row.delivered) {
      delivered++;
      camera.delivered++;
    }
    if (row.dropped) dropped++;
    if (row.watch !== null) alerting.add(`${row.pass}/${row.watch.plate}`);
  }
  return { rows: rows.length, passes: passes.size, detections, delivered, dropped, expectedAlertPasses: alerting.size, cameras };
}
