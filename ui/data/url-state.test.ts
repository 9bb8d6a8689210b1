import { test } from "uvu";
import * as assert from "uvu/assert";
import { fieldsText, pageAddress, plateAddress, readFields } from "./url-state.ts";

test("only the fields asked for are read, and empty ones are none", () => {
  assert.equal(readFields("?site=a&camera=&evil=x", ["site", "camera"]), { site: "a" });
});

test("what is written is read back, whatever the characters", () => {
  const fields = { plate: "AB?*1", reason: "seen & told", case: "2026/114 #3" };
  assert.equal(readFields(`#${fieldsText(fields)}`, ["plate", "reason", "case"]), fields);
});

test("a plate stands behind # and never before it", () => {
  const address = plateAddress("ABC123", "incident", "7");
  assert.is(address.split("#")[0], "/plate");
  assert.match(address, /#plate=ABC123&reason=incident&case=7$/);
});

test("an address without fields has no ? and no #", () => {
  assert.is(pageAddress("/search", { from: undefined }, { plate: "" }), "/search");
});

test("a field of absurd length is cut", () => {
  assert.is(readFields(`?site=${"x".repeat(5_000)}`, ["site"]).site?.length, 200);
});

test.run();
