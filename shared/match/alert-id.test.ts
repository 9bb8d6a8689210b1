import { createHash } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type EntryId, type Rid, uuid } from "../model/ids.ts";
import { alertId } from "./alert-id.ts";

const pass = uuid<Rid>("0199aaaa-1111-7222-8333-444455556666");
const entry = uuid<EntryId>("0199bbbb-1111-7222-9333-444455556666");

test("the alert id is the stated hash with version 8 and the variant set, computed here by other means", () => {
  const raw = (id: string): Buffer => Buffer.from(id.replaceAll("-", ""), "hex");
  const hash = createHash("sha256").update("alpr-alert-1").update(raw(pass)).update(raw(entry)).digest().subarray(0, 16);
  hash[6] = (hash[6]! & 0x0f) | 0x80;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  assert.is(alertId(pass, entry).replaceAll("-", ""), hash.toString("hex"));
});

test("this pair has this id for ever", () => {
  assert.is(alertId(pass, entry), "86b572a0-82c5-8150-acc3-42f5e404c679");
});

test("it is a UUIDv8", () => {
  assert.match(alertId(pass, entry), /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("another pass, another entry, or the two exchanged are other alerts", () => {
  const swapped = alertId(entry as string as Rid, pass as string as EntryId);
  const otherEntry = alertId(pass, uuid<EntryId>("0199bbbb-1111-7222-9333-444455556667"));
  assert.is(new Set([alertId(pass, entry), swapped, otherEntry]).size, 3);
});

test.run();
