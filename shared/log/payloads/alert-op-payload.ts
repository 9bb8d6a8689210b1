/**
 * Fields of `alert-op` version 1:
 *   0 pass (16)  1 alerts seen [(16)]  2 verb (1 acknowledge, 2 verify, 3 escalate, 4 dismiss, 5 note)  3 hlc (8)  4 author
 *   5 [text, outcome, to, how, reference]  6 rid of the verify it relies on (16) or nil
 */
import type { AlertOp, AlertVerb } from "../../model/alert.ts";
import { type AlertId, bytesToHex, bytesToUuid, type Hlc, hexToBytes, type Rid, uuidToBytes } from "../../model/ids.ts";
import { decodePositional, encodePositional } from "../positional.ts";
import { FieldReader } from "./fields.ts";

export const ALERT_OP_VERSION = 1;
const VERBS: readonly (AlertVerb | null)[] = [null, "acknowledge", "verify", "escalate", "dismiss", "note"];
const ARGUMENTS = ["text", "outcome", "to", "how", "reference"] as const;
const TEXT_MAX = 2_000;
/** A plate on so many lists at once is no plate. */
export const SEEN_MAX = 256;

/** Why an op cannot be written down, in words; null when it can. */
export function alertOpRefusal({ seen, author, args }: Pick<AlertOp, "seen" | "author" | "args">): string | null {
  if (seen.length > SEEN_MAX) return `This car is on more than ${SEEN_MAX} entries at once: take entries off the lists first.`;
  if (author.length > TEXT_MAX) return `A name may have ${TEXT_MAX} characters at most.`;
  const long = ARGUMENTS.find((name) => (args[name] ?? "").length > TEXT_MAX);
  return long === undefined ? null : `The ${long} is too long: ${TEXT_MAX} characters at most.`;
}

/** Throws for what no reader would take: callers ask `alertOpRefusal` before. */
export function encodeAlertOp(op: AlertOp): Uint8Array {
  const refused = alertOpRefusal(op);
  if (refused !== null) throw new Error(refused);
  return encodePositional([
    uuidToBytes(op.pass),
    op.seen.map((alert) => uuidToBytes(alert)),
    VERBS.indexOf(op.verb),
    hexToBytes(op.hlc),
    op.author,
    ARGUMENTS.map((name) => op.args[name] ?? null),
    op.relies === null ? null : uuidToBytes(op.relies),
  ]);
}

export function decodeAlertOp(rid: Rid, fields: Uint8Array): AlertOp | undefined {
  const decoded = decodePositional(fields);
  const reader = new FieldReader(decoded.kind === "ok" ? decoded.value : undefined);
  const pass = bytesToUuid<Rid>(reader.bytes(16));
  const seen = readSeen(reader);
  const verb = reader.must(VERBS[reader.count()] ?? undefined, "note");
  const hlc = bytesToHex(reader.bytes(8)) as Hlc;
  const author = reader.text(TEXT_MAX);
  const args = reader.nested((one) => {
    const pairs = ARGUMENTS.map((name) => [name, one.textOrNull(TEXT_MAX)] as const);
    return Object.fromEntries(pairs.filter(([, value]) => value !== null));
  });
  const relies = reader.bytesOrNull(16);
  return reader.done({ rid, pass, seen, verb, hlc, author, args, relies: relies === null ? null : bytesToUuid<Rid>(relies) });
}

function readSeen(reader: FieldReader): AlertId[] {
  const value = reader.any();
  if (!Array.isArray(value) || value.length > SEEN_MAX) return reader.must<AlertId[]>(undefined, []);
  const ids = value.map((one) => (one instanceof Uint8Array && one.length === 16 ? bytesToUuid<AlertId>(one) : undefined));
  return reader.must(ids.every((id) => id !== undefined) ? (ids as AlertId[]) : undefined, []);
}
