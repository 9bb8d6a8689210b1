import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { inbox } from "./carried-inbox.ts";

async function withInbox(
  use: (world: { folder: string; taken: string[]; look: (ms: number) => Promise<void> }) => Promise<void>,
): Promise<void> {
  const folder = join(mkdtempSync(join(tmpdir(), "edge-inbox-")), "inbox");
  const taken: string[] = [];
  let monoMs = 0;
  const once = inbox({
    folder,
    monoMs: () => monoMs,
    log: { info: () => {}, warn: () => {} },
    takeReceipt: async (bytes) => {
      taken.push(`receipt of ${bytes.length}`);
      return { kind: "taken", words: "Central has it." };
    },
    takeDown: async (bytes) => {
      let size = 0;
      for await (const some of bytes) size += some.length;
      taken.push(`file of ${size}`);
      return { kind: "refused", words: "This file is for another site." };
    },
  });
  const look = async (ms: number): Promise<void> => {
    monoMs += ms;
    await once();
  };
  try {
    await use({ folder, taken, look });
  } finally {
    rmSync(join(folder, ".."), { recursive: true, force: true });
  }
}

test("a file is taken when it has stood still for a second, goes, and leaves what became of it", () =>
  withInbox(async ({ folder, taken, look }) => {
    await look(0);
    writeFileSync(join(folder, "a.alprdown"), "12345");
    writeFileSync(join(folder, "b.alprreceipt"), "123");
    writeFileSync(join(folder, "c.alprdown.part"), "1");
    await look(0);
    await look(900);
    assert.equal(taken, []);
    writeFileSync(join(folder, "a.alprdown"), "123456");
    await look(100);
    assert.equal(taken, ["receipt of 3"], "the other one was still growing");
    await look(1_000);
    assert.equal(taken, ["receipt of 3", "file of 6"]);
    assert.equal(readdirSync(folder).sort(), ["a.alprdown.txt", "b.alprreceipt.txt", "c.alprdown.part"]);
    assert.is(readFileSync(join(folder, "a.alprdown.txt"), "utf8"), "This file is for another site.\n");
    await look(5_000);
    assert.is(taken.length, 2);
  }));

test("a link and a folder are not read, and stop nothing else", () =>
  withInbox(async ({ folder, taken, look }) => {
    await look(0);
    const secret = join(folder, "..", "secret");
    writeFileSync(secret, "a secret of this machine");
    symlinkSync(secret, join(folder, "a.alprdown"));
    mkdirSync(join(folder, "b.alprdown"));
    writeFileSync(join(folder, "c.alprdown"), "123");
    await look(0);
    await look(1_000);
    assert.equal([taken, existsSync(secret)], [["file of 3"], true]);
    assert.match(readFileSync(join(folder, "a.alprdown.txt"), "utf8"), /could not be opened/);
    assert.match(readFileSync(join(folder, "b.alprdown.txt"), "utf8"), /not a file/);
  }));

test.run();
