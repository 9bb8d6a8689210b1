import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bytesToHex, type CollectorId, type CommandId, hexToBytes } from "../../model/ids.ts";
import { COMMAND_KINDS, decodeSetConfig, encodeSetConfig } from "../command-args.ts";
import { commandSignedBytes } from "../signed-bytes.ts";

const golden = JSON.parse(readFileSync(new URL("./command-v1.json", import.meta.url), "utf8")) as Record<string, string>;
const SET = { revision: 7, yaml: "site: { name: Main & Maple } # ö\n" };
const COLLECTOR = "01999999-0000-7000-8000-0000000000c1" as CollectorId;
const COMMAND = {
  id: "01999999-0000-7000-8000-00000000c0de" as CommandId, kind: "set-config", args: encodeSetConfig(SET),
  notBeforeMs: 1_795_305_600_000, expiresMs: 1_795_305_660_000,
};

test("the arguments of set-config are the released bytes and are read back", () => {
  assert.is(bytesToHex(encodeSetConfig(SET)), golden["set-config"]);
  assert.equal(decodeSetConfig(hexToBytes(golden["set-config"]!)), SET);
});

test("what central signs of a command is the released bytes", () => {
  assert.is(bytesToHex(commandSignedBytes(COLLECTOR, COMMAND)), golden.signed);
});

test("the names of the kinds stay", () => {
  assert.equal(COMMAND_KINDS.slice(0, 2), ["report-now", "set-config"]);
});

test.run();
