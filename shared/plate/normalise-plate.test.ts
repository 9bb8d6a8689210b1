import { test } from "uvu";
import * as assert from "uvu/assert";
import { isNoPlate, latinUpper, normalisePlate, PLATE_TEXT_MAX, parsePlate } from "./normalise-plate.ts";

test("separators, case and width do not make another plate", () => {
  for (const text of ["ABC123", "abc-123", " ABC 123 ", "A·B·C·1·2·3", "ABC\u2011123", "ＡＢＣ１２３", "abc\t123\u0000"]) {
    assert.is(normalisePlate(text), "ABC123", JSON.stringify(text));
  }
});

test("what vendors write for no plate is no plate, in every spelling they use", () => {
  const sentinels = [
    "noPlate",
    "No Plate",
    "NO-PLATE",
    "unknown",
    "Unknown",
    "unknow",
    "unlicensed",
    "none",
    "null",
    "N/A",
    "--",
    "",
    "   ",
    "No_Read",
  ];
  for (const text of sentinels) assert.is(normalisePlate(text), null, JSON.stringify(text));
});

test("a plate that merely contains a sentinel stays a plate", () => {
  assert.is(normalisePlate("NONE1"), "NONE1");
  assert.is(normalisePlate("NA"), "NA");
  assert.is(normalisePlate("NULL8"), "NULL8");
});

test("nothing said is no plate", () => {
  assert.is(normalisePlate(null), null);
  assert.is(normalisePlate(undefined), null);
});

test("1 to 12 characters are a plate, 13 are not, and nothing is cut to fit", () => {
  assert.is(normalisePlate("7"), "7");
  assert.is(normalisePlate("ABCDEF123456"), "ABCDEF123456");
  assert.is(normalisePlate("ABCDEF1234567"), null);
});

test("Cyrillic and Greek letters that look Latin become what they look like", () => {
  assert.is(normalisePlate("А123ВС77"), "A123BC77");
  assert.is(normalisePlate("авекмнорстух"), "ABEKMHOPCTYX");
  assert.is(normalisePlate("ΑΒΕΖΗΙΚΜΝΟΡΤ"), "ABEZHIKMNOPT");
  assert.is(normalisePlate("ΙΚΥ 4021"), "IKY4021");
});

test("letters with no Latin look are kept by sound, so two such plates stay different", () => {
  assert.is(normalisePlate("Б123"), "B123");
  assert.is(normalisePlate("Д123"), "D123");
  assert.is.not(normalisePlate("Б123"), normalisePlate("Д123"));
});

test("accents come off and joined letters come apart", () => {
  assert.is(normalisePlate("MÜ-ÖÄ 77"), "MUOA77");
  assert.is(normalisePlate("Ø12Æ"), "O12AE");
  assert.is(normalisePlate("straße1"), "STRASSE1");
  assert.is(normalisePlate("İzmir1"), "IZMIR1");
});

test("Arabic and Persian digits are digits", () => {
  assert.is(normalisePlate("١٢٣٤"), "1234");
  assert.is(normalisePlate("۱۲۳۴"), "1234");
});

test("a leading character of another script goes, the rest stays", () => {
  assert.is(normalisePlate("京A12345"), "A12345");
});

test("a text that would decompose without end is refused before it is looked at", () => {
  assert.is(normalisePlate("\ufdfa".repeat(PLATE_TEXT_MAX + 1)), null);
  assert.is(normalisePlate("A".repeat(1_000_000)), null);
});

test("normalising twice is normalising once", () => {
  for (const text of ["abc-123", "А123ВС77", "ＡＢ１", "Ø12Æ"]) {
    const once = normalisePlate(text);
    assert.is(normalisePlate(once), once);
  }
});

test("a stored plate is taken as it is or not at all", () => {
  assert.is(parsePlate("ABC123"), "ABC123");
  for (const wrong of ["abc123", "ABC-123", "", "ABCDEF1234567", "ABC123\n", 123, null, undefined, {}]) assert.is(parsePlate(wrong), null);
});

test("the sentinel question looks at the whole text", () => {
  assert.ok(isNoPlate(" Not_Recognized "));
  assert.not.ok(isNoPlate("ABC unknown"));
});

test("other characters pass through the Latin form untouched", () => {
  assert.is(latinUpper("a*b?-"), "A*B?-");
});

test.run();
