/** A signed tree head as it is checked, kept and sent again. Size and root alone are signed: the same tree has the same head for ever. */
import { verifySignature } from "../crypto/device-keys.ts";
import { FieldReader } from "../log/payloads/fields.ts";
import { decodePositional, encodePositional, type Positional } from "../log/positional.ts";
import { type CentralId, hexId, hexToBytes, type Incarnation } from "../model/ids.ts";
import type { TreeHead } from "./frames.ts";
import { centralIdOf, treeHeadSignedBytes } from "./signed-bytes.ts";

/** Whether central of this key signed that head, for itself and not empty. */
export function isSignedHead(head: TreeHead, centralKey: Uint8Array): boolean {
  if (head.size < 1 || head.centralId !== centralIdOf(centralKey)) return false;
  return verifySignature(centralKey, treeHeadSignedBytes(head.centralId, head.incarnation, head.size, head.root), head.signature);
}

/** The fields [central (16), incarnation (16), size, root (32), signature (64)], as in HELLO, WELCOME and BEAT. */
export function treeHeadFields(head: TreeHead): Positional {
  return [hexToBytes(head.centralId), hexToBytes(head.incarnation), head.size, head.root, head.signature];
}

export const readTreeHead = (one: FieldReader): TreeHead => ({
  centralId: hexId<CentralId>(one.bytes(16)),
  incarnation: hexId<Incarnation>(one.bytes(16)),
  size: one.count(),
  root: one.bytes(32),
  signature: one.bytes(64),
});

export const encodeTreeHead = (head: TreeHead): Uint8Array => encodePositional(treeHeadFields(head));

/** Undefined when the bytes are not a head; the signature is not looked at. */
export function decodeTreeHead(bytes: Uint8Array): TreeHead | undefined {
  const decoded = decodePositional(bytes);
  if (decoded.kind !== "ok") return undefined;
  const reader = new FieldReader(decoded.value);
  return reader.done(readTreeHead(reader));
}
