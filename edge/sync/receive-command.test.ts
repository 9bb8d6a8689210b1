import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeSigner, signingKeysFromSeed } from "../../shared/crypto/device-keys.ts";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { type CollectorId, type CommandId, uuid } from "../../shared/model/ids.ts";
import type { Command } from "../../shared/protocol/frames.ts";
import { commandSignedBytes } from "../../shared/protocol/signed-bytes.ts";
import { receiveCommand } from "./receive-command.ts";

await loadSodium();
const CENTRAL = signingKeysFromSeed(new Uint8Array(32).fill(2));
const OURS = uuid<CollectorId>("01990000-0000-7000-8000-000000000001");
const OTHER = uuid<CollectorId>("01990000-0000-7000-8000-000000000002");
const FACTS = {
  id: uuid<CommandId>("01990000-0000-7000-8000-0000000000f1"),
  kind: "report-now",
  args: new Uint8Array(),
  notBeforeMs: 0,
  expiresMs: Date.UTC(2026, 10, 23),
};

/** As central with these keys would send it to that collector. */
const commandOf = (keys = CENTRAL, collector = OURS, facts = FACTS): Command => ({
  type: "command",
  ...facts,
  signature: makeSigner(keys)(commandSignedBytes(collector, facts)),
});

function taken(command: Command, signingKey: Uint8Array | null = CENTRAL.publicKey): { commands: number; warned: number } {
  const commands: Command[] = [];
  const warned: string[] = [];
  receiveCommand(
    {
      pinned: { signingKey: () => signingKey } as never,
      collectorId: OURS,
      onCommand: (one) => void commands.push(one),
      log: { info: () => undefined, warn: (_facts, words) => void warned.push(words) },
    },
    command,
  );
  return { commands: commands.length, warned: warned.length };
}

test("a command that the pinned central signed for this site is taken", () => {
  assert.equal(taken(commandOf()), { commands: 1, warned: 0 });
});

test("T-57 one of another signer, of another site, or changed on its way is not, and neither is any before central is pinned", () => {
  const stranger = signingKeysFromSeed(new Uint8Array(32).fill(9));
  const nothing = { commands: 0, warned: 1 };
  assert.equal(taken(commandOf(stranger)), nothing);
  assert.equal(taken(commandOf(CENTRAL, OTHER)), nothing);
  assert.equal(taken({ ...commandOf(), kind: "set-config" }), nothing);
  assert.equal(taken({ ...commandOf(), args: new Uint8Array([1]) }), nothing);
  assert.equal(taken({ ...commandOf(), expiresMs: FACTS.expiresMs + 1 }), nothing);
  assert.equal(taken(commandOf(), null), nothing);
});

test.run();
