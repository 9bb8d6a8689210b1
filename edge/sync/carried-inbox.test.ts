import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { StoreRefusal } from "../log/open-writer.ts";
import { inbox, TRIED_AGAIN } from "./carried-inbox.ts";
import type { ReceiptOutcome } from "./take-receipt.ts";

async function withInbox(
  use: (world: { folder: string; taken: string[]; look: (ms: number) => Promise<void> }) => Promise<void>,
  answer: () => ReceiptOutcome = () => ({ kind: "refused", words: "This file is for another site." }),
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
      return answer();
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

test("a file is taken once, also while its words cannot be written, and stops no other file", () =>
  withInbox(async ({ folder, taken, look }) => {
    await look(0);
    writeFileSync(join(folder, "a.alprdown"), "12345");
    writeFileSync(join(folder, "b.alprdown"), "123");
    mkdirSync(join(folder, "a.alprdown.txt.part"));
    await look(0);
    await look(1_000).then(
      () => assert.unreachable("the fault is told"),
      (error: Error) => assert.match(error.message, /EISDIR/),
    );
    await look(1_000).catch(() => {});
    assert.equal(taken, ["file of 5", "file of 3"]);
    assert.is(existsSync(join(folder, "b.alprdown")), false);
    rmSync(join(folder, "a.alprdown.txt.part"), { recursive: true });
    await look(1_000);
    assert.equal(readdirSync(folder).sort(), ["a.alprdown.txt", "b.alprdown.txt"]);
    assert.is(taken.length, 2);
  }));

test("a file that comes while another is taken, or that a full disk refuses, stays, says so, and is tried again after a pause", () => {
  const answers: (() => ReceiptOutcome)[] = [
    () => ({ kind: "refused", words: "Another file is being taken.", isForNow: true }),
    () => {
      throw new StoreRefusal("The disk is full.");
    },
    () => ({ kind: "taken", words: "1 watchlist brought up to date." }),
  ];
  return withInbox(
    async ({ folder, taken, look }) => {
      const words = () => readFileSync(join(folder, "a.alprdown.txt"), "utf8");
      await look(0);
      writeFileSync(join(folder, "a.alprdown"), "12345");
      await look(0);
      await look(1_000);
      assert.equal([words(), existsSync(join(folder, "a.alprdown"))], [`Another file is being taken. ${TRIED_AGAIN}\n`, true]);
      await look(10_000);
      assert.is(taken.length, 1, "not before the pause is over");
      await look(20_000);
      assert.match(words(), /The disk is full\. The file stays/);
      await look(30_000);
      assert.equal([words(), existsSync(join(folder, "a.alprdown"))], ["1 watchlist brought up to date.\n", false]);
    },
    () => answers.shift()!(),
  );
});

test.run();
