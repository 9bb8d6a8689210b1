import { createHash } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  bytesToHex,
  bytesToUuid,
  type CollectorId,
  hexId,
  hexToBytes,
  parseSha256,
  parseUuid,
  type Rid,
  uuid,
  uuidToBytes,
} from "./ids.ts";
import { siteListId } from "./site-list-id.ts";

const RID = "01999999-0000-7000-8000-00000000d001" as Rid;

test("a UUID is taken in any case and kept in lower case, and goes to bytes and back", () => {
  assert.is(parseUuid<Rid>(RID.toUpperCase()), RID);
  assert.is(bytesToUuid<Rid>(uuidToBytes(RID)), RID);
  for (const wrong of [null, 7, "", RID.slice(1), `${RID}0`, RID.replaceAll("-", ""), RID.replace("0", "g"), ` ${RID}`]) {
    assert.is(parseUuid<Rid>(wrong), undefined);
  }
  assert.throws(() => uuid<Rid>("no"), /not a UUID/);
  assert.throws(() => bytesToUuid<Rid>(new Uint8Array(15)), /16 bytes/);
  assert.throws(() => hexId(new Uint8Array(17)), /16 bytes/);
});

test("hex is exact: odd, spaced or foreign digits throw", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
  assert.equal(hexToBytes(bytesToHex(bytes)), bytes);
  assert.equal(hexToBytes(bytesToHex(bytes).toUpperCase()), bytes);
  for (const wrong of ["0", "0g", " 00", "0x00"]) assert.throws(() => hexToBytes(wrong), /not hex/);
});

test("a digest is 64 hex digits and nothing else", () => {
  const digest = "ab".repeat(32);
  assert.is(parseSha256(digest.toUpperCase()), digest);
  for (const wrong of [null, digest.slice(2), `${digest}00`, `${digest}\n`, "zz".repeat(32)]) assert.is(parseSha256(wrong), undefined);
});

test("a site's own list is named by its collector alone, as a UUIDv8", () => {
  const collector = "01999999-0000-7000-8000-0000000000c1" as CollectorId;
  const digest = createHash("sha256").update("alpr-site-list-1").update(uuidToBytes(collector)).digest("hex");
  const id = siteListId(collector);
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.is(id.slice(0, 8), digest.slice(0, 8));
  assert.is(id.slice(-12), digest.slice(20, 32));
});

test.run();
