import { test } from "uvu";
import * as assert from "uvu/assert";
import { bytesToHex } from "../model/ids.ts";
import { applyOp, FIELD_TEXT_MAX } from "./apply-op.ts";
import { ENTRY_BYTES_MAX, entryBytes, parseEntryBytes } from "./entry-bytes.ts";
import { type EntryState, emptyEntryState, NOTES_MAX } from "./entry-state.ts";
import { emptyListState } from "./list-state.ts";
import { ENTRY, LIST, sampleOp } from "./sample-ops.ts";

function fullEntry(): EntryState {
  const state = emptyListState(LIST);
  const first = sampleOp(10, 1, [
    ["pattern", "ABC123"],
    ["reason", "שכן ראה 🚗"],
    ["expiresMs", -5],
    ["vehicle", ""],
    ["note", "one"],
  ]);
  for (const op of [
    first,
    sampleOp(20, 2, []),
    sampleOp(30, 1, [
      ["listCritical", true],
      ["listKeepWins", false],
      ["exceptPlate", "X1"],
      ["note", "two"],
    ]),
  ]) {
    applyOp(state, op);
  }
  return state.entries.get(ENTRY)!;
}

/** The texts, read by nothing but the stated rule: 4 bytes of length, big end first, then UTF-8. */
function texts(bytes: Uint8Array): string[] {
  const buffer = Buffer.from(bytes);
  const all: string[] = [];
  for (let at = 0; at < buffer.length; ) {
    const length = buffer.readUInt32BE(at);
    all.push(buffer.subarray(at + 4, at + 4 + length).toString("utf8"));
    at += 4 + length;
  }
  return all;
}

function joined(parts: string[]): Uint8Array {
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(Buffer.byteLength(part));
      return [length, Buffer.from(part)];
    }),
  );
}

test("the bytes are the stated series of texts", () => {
  const state = emptyListState(LIST);
  applyOp(
    state,
    sampleOp(10, 1, [
      ["pattern", "ABC123"],
      ["expiresMs", 5_000],
      ["listCritical", true],
      ["note", "n"],
      ["exceptPlate", "X1"],
    ]),
  );
  const rid = "01900000-0000-7000-8000-00000000000a";
  assert.equal(texts(entryBytes(state.entries.get(ENTRY)!)), [
    ...["alpr-entry-1", ENTRY, "1", "1", "00000000000a0000", rid],
    ...["0", "", "1", "Dana", "0", "Dana", "0"],
    ...["3", "1", "sABC123", "0", "3", "n5000", "0", "20", "b1", "0"],
    ...["1", "n", "0", "1", "X1", "0"],
  ]);
});

test("these bytes have this shape for ever", () => {
  const state = emptyListState(LIST);
  applyOp(state, sampleOp(10, 1, [["reason", "é"]]));
  const stamp = "00000010303030303030303030303061303030300000002430313930303030302d303030302d373030302d383030302d303030303030303030303061";
  assert.is(
    bytesToHex(entryBytes(state.entries.get(ENTRY)!)),
    `0000000c616c70722d656e7472792d310000002430313930303030302d303030302d373030302d393030302d303030303030303030303031` +
      `00000001310000000131${stamp}00000001300000000000000001310000000444616e6100000001300000000444616e610000000130` +
      `000000013100000001320000000373c3a9000000013000000001300000000130`,
  );
});

test("bytes and back is the same entry, for every kind of value", () => {
  for (const state of [fullEntry(), emptyEntryState(ENTRY)]) {
    const bytes = entryBytes(state);
    const back = parseEntryBytes(bytes);
    assert.equal(back, state);
    assert.equal(entryBytes(back!), bytes);
  }
});

test("the fullest entry that the fold can make is still read", () => {
  const state = emptyListState(LIST);
  for (let at = 0; at < NOTES_MAX; at++) {
    applyOp(
      state,
      sampleOp(at + 1, 1, [
        ["note", "ש".repeat(FIELD_TEXT_MAX)],
        ["reason", "€".repeat(FIELD_TEXT_MAX)],
        ["exceptPlate", `P${at}`],
      ]),
    );
  }
  const full = state.entries.get(ENTRY)!;
  assert.is(full.notes.length, NOTES_MAX);
  const back = parseEntryBytes(entryBytes(full))!;
  assert.is(back.notes.at(-1)?.text, "ש".repeat(FIELD_TEXT_MAX));
  assert.equal(back, full);
});

test("the view of a larger buffer is read within its bounds", () => {
  const bytes = entryBytes(fullEntry());
  const larger = new Uint8Array(bytes.length + 20).fill(0xff);
  larger.set(bytes, 7);
  assert.equal(parseEntryBytes(larger.subarray(7, 7 + bytes.length)), fullEntry());
});

test("cut short anywhere, or with anything behind, it is refused", () => {
  const bytes = entryBytes(fullEntry());
  for (let length = 0; length < bytes.length; length++) assert.is(parseEntryBytes(bytes.subarray(0, length)), null, `${length} bytes`);
  assert.is(parseEntryBytes(Uint8Array.of(...bytes, 0)), null);
  assert.is(parseEntryBytes(Uint8Array.of(...bytes, 0, 0, 0, 0)), null);
});

test("whatever byte is changed, the answer is null or another entry, never the same one and never a throw", () => {
  const bytes = entryBytes(fullEntry());
  for (let at = 0; at < bytes.length; at++) {
    for (const flip of [0x01, 0x80]) {
      const changed = bytes.slice();
      changed[at]! ^= flip;
      const state = parseEntryBytes(changed);
      if (state !== null) assert.equal(entryBytes(state), changed, `byte ${at}`);
    }
  }
});

test("what says the same in another way is refused: equal entries have equal bytes", () => {
  const parts = texts(entryBytes(fullEntry()));
  const change = (at: number, text: string): Uint8Array => joined(parts.with(at, text));
  assert.equal(parseEntryBytes(joined(parts)), fullEntry());
  assert.is(parseEntryBytes(change(5, parts[5]!.toUpperCase())), null);
  assert.is(parseEntryBytes(change(2, "02")), null);
  assert.is(parseEntryBytes(change(0, "alpr-entry-2")), null);
  assert.is(parseEntryBytes(joined([...parts.slice(0, 4), parts[6]!, parts[7]!, parts[4]!, parts[5]!, ...parts.slice(8)])), null);
});

test("a count that promises more than there is does not allocate it", () => {
  const parts = texts(entryBytes(fullEntry()));
  assert.is(parseEntryBytes(joined(parts.with(3, "999999999999999"))), null);
});

test("no entry is read from more than the bound", () => {
  assert.is(parseEntryBytes(new Uint8Array(ENTRY_BYTES_MAX + 1)), null);
});

test.run();
