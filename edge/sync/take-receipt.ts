/** Central's receipt for a bundle: what moves this site's cursors when there is no line. Nothing is believed but the pinned key's signature. */
import { RECEIPT_BYTES_MAX } from "../../shared/bundle/bundle-limits.ts";
import { type BundleReceipt, openReceipt, type ReceiptLog } from "../../shared/bundle/receipt.ts";
import { sameBytes } from "../../shared/log/record.ts";
import type { SessionId } from "../../shared/model/ids.ts";
import type { UplinkDeps } from "./uplink-deps.ts";

export interface ReceiptDeps extends Pick<UplinkDeps, "pinned" | "reader" | "writer"> {
  /** Whether central itself is being talked to at this moment; absent in a program without a line. */
  readonly isConnected?: () => boolean;
}

export type ReceiptOutcome =
  | { readonly kind: "taken"; readonly words: string }
  /** `isForNow`: nothing is wrong with the file itself. */
  | { readonly kind: "refused"; readonly words: string; readonly isForNow?: boolean };

const REFUSED = {
  malformed: "This is not a receipt of central's, or it is damaged. Choose the .alprreceipt file.",
  "another-central": "This receipt is another central's. Nothing was changed.",
  "not-signed": "This receipt is damaged or not signed by central. Nothing was changed.",
} as const;

/**
 * Checks the signatures, then takes over what `weighReceipt` lets through. `only`: the receipt of this bundle and of no other. A neighbour
 * could keep an older one, which central did sign once.
 */
export async function takeReceipt({ pinned, ...deps }: ReceiptDeps, bytes: Uint8Array, only?: SessionId): Promise<ReceiptOutcome> {
  const key = pinned.signingKey();
  if (key === null) return { kind: "refused", words: "This site does not know central's keys, so it cannot tell whose receipt this is." };
  const opened = openReceipt(bytes.subarray(0, RECEIPT_BYTES_MAX + 1), key);
  if (opened.kind === "refused") return { kind: "refused", words: REFUSED[opened.why] };
  if (only !== undefined && opened.receipt.bundleId !== only) return { kind: "refused", words: "This receipt answers another bundle." };
  const { records, images, strange } = await noteReceipt(deps, opened.receipt);
  return { kind: "taken", words: receiptWords(records, images, strange) };
}

/** What of it was news here; `strange`: logs that are not this site's as it is now. */
export interface ReceiptNews {
  readonly records: number;
  readonly images: number;
  readonly strange: number;
}

/** A receipt whose signatures were checked. */
export async function noteReceipt(
  { reader, writer, isConnected = () => false }: Omit<ReceiptDeps, "pinned">,
  receipt: BundleReceipt,
): Promise<ReceiptNews> {
  const { logs, ...news } = weighReceipt(reader, receipt, isConnected());
  for (const { logId, next, durable } of logs) await writer.noteAcknowledged(logId, next, durable);
  for (const sha256 of receipt.images) await writer.noteImageSent(sha256, "stored");
  return news;
}

/**
 * Each log's head against our own hash there; a log that does not fit is left as it is and counted. Central's word is taken also when it has
 * less than it had: it was restored, and the next bundle begins earlier. Not while central itself is talked to: what it says on the line is
 * newer than any receipt, and it need not say it again while nothing new comes.
 */
export function weighReceipt(
  reader: Pick<UplinkDeps["reader"], "logs" | "hashAt">,
  receipt: BundleReceipt,
  isConnected: boolean,
): ReceiptNews & { readonly logs: readonly ReceiptLog[] } {
  const own = new Map(reader.logs().map((log) => [log.logId, log]));
  const logs: ReceiptLog[] = [];
  let records = 0;
  let ours = 0;
  for (const told of receipt.logs) {
    const { logId, next, head } = told;
    const log = own.get(logId);
    const hash = next === 0 ? null : reader.hashAt(logId, next - 1);
    const isOurs = log !== undefined && next <= log.head.next && (next === 0 || (hash !== null && sameBytes(hash, head)));
    if (!isOurs) continue;
    ours += 1;
    if (isConnected && next < log.acknowledged) continue;
    logs.push(told);
    records += Math.max(0, next - log.acknowledged);
  }
  return { logs, records, images: receipt.images.length, strange: receipt.logs.length - ours };
}

export function receiptWords(records: number, images: number, strange: number): string {
  const taken = `Central has ${records} more records and ${images} pictures of this site.`;
  return strange === 0
    ? taken
    : `${taken} ${strange} of its logs are not this site's as it is now; they are settled when it reaches central.`;
}
