import { test } from "uvu";
import * as assert from "uvu/assert";
import { bytesToHex, type CollectorId, type CommandId } from "../model/ids.ts";
import { decodeSetConfig, encodeSetConfig } from "./command-args.ts";
import { COMMAND_KEPT_MS, judgeCommand } from "./judge-command.ts";
import { commandSignedBytes } from "./signed-bytes.ts";

const COMMAND = { notBeforeMs: 1_000, expiresMs: 5_000 };
const at = (wallMs: number, clockQuality = 2) => judgeCommand(COMMAND, { wallMs, clockQuality });

test("a command runs from its time on and never at or after its expiry", () => {
  assert.equal([at(999).kind, at(1_000).kind, at(4_999).kind], ["too-early", "run", "run"]);
  const late = at(5_000);
  assert.equal(late.kind === "refused" && late.outcome, "expired");
  assert.is(at(5_000 + COMMAND_KEPT_MS).kind, "stale");
});

test("a site that does not know the time runs nothing and says why", () => {
  for (const quality of [0, 1]) {
    const verdict = at(2_000, quality);
    assert.match(verdict.kind === "refused" ? verdict.words : "", /does not know the time/);
  }
});

test("arguments of another digest, beyond 16 KiB, of revision 0 or no text are undefined", () => {
  const good = encodeSetConfig({ revision: 1, yaml: "a: b\n" });
  assert.equal(decodeSetConfig(good), { revision: 1, yaml: "a: b\n" });
  for (let byte = 0; byte < good.length; byte++) {
    const changed = good.slice();
    changed[byte]! ^= 1;
    const read = decodeSetConfig(changed);
    if (read !== undefined) assert.equal(read.yaml, "a: b\n", `byte ${byte}`);
  }
  assert.is(decodeSetConfig(encodeSetConfig({ revision: 0, yaml: "" })), undefined);
  assert.is(decodeSetConfig(new Uint8Array()), undefined);
  assert.throws(() => encodeSetConfig({ revision: 1, yaml: "x".repeat(16 * 1024 + 1) }));
  assert.is(decodeSetConfig(encodeSetConfig({ revision: 1, yaml: "x".repeat(16 * 1024) }))?.yaml.length, 16 * 1024);
});

test("the signed bytes name every field and the collector", () => {
  const collector = "01999999-0000-7000-8000-0000000000c1" as CollectorId;
  const id = "01999999-0000-7000-8000-00000000c0de" as CommandId;
  const command = { ...COMMAND, id, kind: "report-now", args: new Uint8Array() };
  const forms = [
    commandSignedBytes(collector, command),
    commandSignedBytes(id as string as CollectorId, command),
    ...[{ id: collector as string as CommandId }, { kind: "x" }, { args: new Uint8Array(1) }, { notBeforeMs: 2 }, { expiresMs: 2 }].map(
      (change) => commandSignedBytes(collector, { ...command, ...change }),
    ),
  ];
  assert.is(new Set(forms.map(bytesToHex)).size, forms.length);
});

test.run();
