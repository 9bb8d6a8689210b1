import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { bytesToHex, type CommandId, hexToBytes } from "../../model/ids.ts";
import { type CommandResult, decodeCommandResult, encodeCommandResult } from "../payloads/command-result-payload.ts";

const golden = JSON.parse(readFileSync(new URL("./command-result-v1.json", import.meta.url), "utf8")) as Record<string, string>;
const COMMAND = "01999999-0000-7000-8000-00000000c0de" as CommandId;
const SAMPLES: Readonly<Record<string, CommandResult>> = {
  done: { command: COMMAND, outcome: "done", words: "In force.", configRevision: 7, detail: null },
  refused: {
    command: COMMAND, outcome: "refused", words: "config/central.yaml, line 5: cameras[0].adapter must be one of hikvision", configRevision: 6, detail: null,
  },
  expired: { command: COMMAND, outcome: "expired", words: "", configRevision: 0, detail: null },
  unknown: { command: COMMAND, outcome: "unknown", words: "שלום", configRevision: 2 ** 40, detail: null },
  "rolled-back": { command: COMMAND, outcome: "rolled-back", words: "x", configRevision: 6, detail: hexToBytes("7b7d") },
};

for (const [name, result] of Object.entries(SAMPLES)) {
  test(`command-result ${name}: today's code writes the released bytes and reads them back`, () => {
    assert.is(bytesToHex(encodeCommandResult(result)), golden[name]);
    const { detail, ...read } = decodeCommandResult(hexToBytes(golden[name]!))!;
    assert.equal({ ...read, detail: detail === null ? null : bytesToHex(detail) }, { ...result, detail: result.detail === null ? null : "7b7d" });
  });
}

test.run();
