// runner: timeout 300 s
/** The short form of `npm run crash`: some kills, some power cuts, a full disk, and the controls that must fail. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PICTURES_UNSYNCED, SYNCHRONOUS_NORMAL } from "./controls.ts";
import { buildProgram, type ProgramPatch, removePrograms } from "./crash-edge.ts";
import { cutPower } from "./cut-power.ts";
import { compileWitness, hasCompiler } from "./disk-witness.ts";
import { fillDisk } from "./fill-disk.ts";
import { killEdges } from "./kill-edges.ts";

const folder = mkdtempSync(join(tmpdir(), "crash-"));
const canRun = hasCompiler();
const library = canRun ? compileWitness(folder) : "";
if (!canRun) console.log("skip: no C compiler (cc) on this machine");
const check = canRun ? test : test.skip;
const common = { library, folder, seed: "short", progress: () => {} };
test.after(() => {
  rmSync(folder, { recursive: true, force: true });
  removePrograms();
});

const cut = async (cuts: number, patch?: ProgramPatch) => {
  const script = await buildProgram("edge", patch);
  return cutPower({ ...common, script, cuts, messages: 60, cutsPerRecording: cuts, startEvery: patch === undefined ? 15 : 0 });
};

check("T-71 edges killed in traffic and in their starts keep every answered message, once", async () => {
  const script = await buildProgram("edge");
  const found = await killEdges({ ...common, script, kills: 8, edges: 2, killsPerHome: 4, central: null });
  assert.equal({ lost: found.lost, doubled: found.doubled, trouble: found.trouble }, { lost: 0, doubled: 0, trouble: [] });
  assert.ok(found.answered > 0, "no message was answered: nothing was proved");
});

check("T-71 a power cut at any moment takes nothing that was answered, and the store opens by itself", async () => {
  const found = await cut(30);
  assert.equal({ lost: found.lost, doubled: found.doubled, trouble: found.trouble }, { lost: 0, doubled: 0, trouble: [] });
  assert.ok(found.withUnsynced > 0 && found.afterAnswer > 0 && found.started > 0);
});

check("the same cuts find a store that commits without waiting for the disk", async () => {
  assert.ok((await cut(10, SYNCHRONOUS_NORMAL)).lost > 0);
});

check("the same cuts find pictures that are not synced", async () => {
  const found = await cut(10, PICTURES_UNSYNCED);
  assert.is(found.lost, 0);
  assert.ok(found.badCuts > 0);
});

check("T-72 a full disk refuses in time, loses nothing, keeps the page, and goes on when there is room", async () => {
  const found = await fillDisk({ ...common, disk: "preloaded", script: await buildProgram("edge") });
  assert.equal({ lost: found.lost, doubled: found.doubled, trouble: found.trouble }, { lost: 0, doubled: 0, trouble: [] });
  assert.ok(found.refused > 0);
  assert.ok(found.looks > 0 && found.unanswered === 0, `${found.unanswered} of ${found.looks} looks at the page had no answer`);
});

test.run();
