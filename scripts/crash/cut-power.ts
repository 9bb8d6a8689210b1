/**
 * Power cuts without a power switch: the changes that an unmodified edge made to its disk are recorded, the disk is made again as it was
 * at many moments, and each is opened by the real store. Whatever was answered before the moment must be there, exactly once.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import { type SeededRandom, seededRandom } from "../demo/town/seeded-random.ts";
import { checkHome } from "./check-home.ts";
import { COLLECTOR, type CrashHome, makeHome, startEdgeUp, watchPattern } from "./crash-edge.ts";
import { openWitness } from "./disk-witness.ts";
import { openHome } from "./open-home.ts";
import { type PushCamera, startPushCamera } from "./push-camera.ts";
import { type DiskChange, readTrace } from "./read-trace.ts";
import { CUT_CHOICES, openDiskModel } from "./rebuild-disk.ts";

export interface CutOptions {
  /** The built edge. */
  readonly script: string;
  readonly library: string;
  readonly folder: string;
  readonly seed: string;
  readonly cuts: number;
  /** Messages of one recording. */
  readonly messages: number;
  readonly cutsPerRecording: number;
  /** Every so many cuts the whole program is started on the disk too, and the camera repeats its last messages; 0: never. */
  readonly startEvery: number;
  readonly progress: (words: string) => void;
}

export interface CutFindings {
  readonly cuts: number;
  readonly recordings: number;
  readonly messages: number;
  /** Cuts that had unsynced bytes or names of pictures or of the newest commits to lose. */
  readonly withUnsynced: number;
  /** Cuts right after an answer, before the disk changed again. */
  readonly afterAnswer: number;
  readonly started: number;
  /** Messages answered before a cut and not there after it, over all cuts. */
  readonly lost: number;
  readonly doubled: number;
  /** Cuts after which anything did not hold. */
  readonly badCuts: number;
  /** The first few sentences, each with its cut. */
  readonly trouble: readonly string[];
}

const TROUBLE_MAX = 8;
const ANSWER_WITHIN_MS = 60_000;
const REPEATED = 20;

interface Recording {
  readonly home: CrashHome;
  readonly model: ReturnType<typeof openDiskModel>;
  readonly changes: readonly DiskChange[];
  readonly answered: ReadonlyMap<number, bigint>;
}

interface Tally {
  cuts: number;
  recordings: number;
  messages: number;
  withUnsynced: number;
  afterAnswer: number;
  started: number;
  lost: number;
  doubled: number;
  badCuts: number;
  trouble: string[];
}

export async function cutPower(options: CutOptions): Promise<CutFindings> {
  await loadSodium();
  const tally: Tally = {
    cuts: 0,
    recordings: 0,
    messages: 0,
    withUnsynced: 0,
    afterAnswer: 0,
    started: 0,
    lost: 0,
    doubled: 0,
    badCuts: 0,
    trouble: [],
  };
  while (tally.cuts < options.cuts) {
    const name = `recording-${tally.recordings}`;
    const folder = mkdtempSync(join(options.folder, `${name}-`));
    const random = seededRandom(`${options.seed}/${name}`);
    try {
      const recording = await record(options, folder);
      tally.recordings += 1;
      tally.messages += recording.answered.size;
      await cutRecording(options, recording, folder, random, tally);
      options.progress(
        `${tally.cuts} cuts in ${tally.recordings} recordings: ${tally.lost} lost, ${tally.doubled} doubled, ${tally.badCuts} bad`,
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return tally;
}

/** Two lives of one edge, the first ended by SIGKILL in mid-traffic, so that the changes of a start after a crash are among them. */
async function record({ script, library, messages }: CutOptions, folder: string): Promise<Recording> {
  const home = await makeHome(script, folder, "home");
  const traceFile = join(folder, "trace");
  const witness = openWitness({ library, root: home.home, folder, name: "home", traceFile });
  const model = openDiskModel(home.home);
  let camera: PushCamera | undefined;
  let child = await startEdgeUp(home, witness.env);
  try {
    await watchPattern(home);
    camera = startPushCamera({ url: home.pushUrl, from: 1, to: messages, atOnce: 3, everyMs: 2 });
    while (camera.answered.size < messages / 2) await camera.settled();
    child.kill("SIGKILL");
    await child.ended;
    child = await startEdgeUp(home, witness.env);
    while (camera.answered.size < messages) await camera.settled();
    await camera.drain(ANSWER_WITHIN_MS);
  } finally {
    await camera?.stop();
    child.kill("SIGKILL");
    await child.ended;
    witness.close();
  }
  return { home, model, changes: readTrace(readFileSync(traceFile)), answered: camera.answered };
}

/** Half of the moments are any; the other half lie just after an answer, as late as can be: the next change has not begun. */
function moments({ changes, answered }: Recording, count: number, random: SeededRandom): { at: number; isAfterAnswer: boolean }[] {
  const answers = [...answered.values()];
  return Array.from({ length: count }, () => {
    if (random.chance(0.5)) return { at: random.whole(0, changes.length), isAfterAnswer: false };
    return { at: firstAfter(changes, random.pick(answers)), isAfterAnswer: true };
  }).sort((a, b) => a.at - b.at);
}

function firstAfter(changes: readonly DiskChange[], ns: bigint): number {
  const at = changes.findIndex(({ atNs }) => atNs > ns);
  return at < 0 ? changes.length : at;
}

async function cutRecording(options: CutOptions, recording: Recording, folder: string, random: SeededRandom, tally: Tally): Promise<void> {
  const { home, model, changes, answered } = recording;
  let applied = 0;
  for (const { at, isAfterAnswer } of moments(recording, Math.min(options.cutsPerRecording, options.cuts - tally.cuts), random)) {
    while (applied < at) model.apply(changes[applied++]!);
    const untilNs = changes[at]?.atNs ?? process.hrtime.bigint();
    const expected = [...answered].filter(([, ns]) => ns < untilNs).map(([number]) => number);
    const choice = random.pick(CUT_CHOICES);
    const disk = join(folder, `cut-${tally.cuts}`);
    model.cut(disk, choice, random);
    tally.cuts += 1;
    if (canTake(recording)) tally.withUnsynced += 1;
    if (isAfterAnswer) tally.afterAnswer += 1;
    const found = lookAtDisk(disk, expected);
    if (options.startEvery > 0 && tally.cuts % options.startEvery === 0) {
      tally.started += 1;
      found.trouble.push(...(await repeatOn({ ...home, home: disk }, expected)));
    }
    rmSync(disk, { recursive: true, force: true });
    tally.lost += found.lost;
    tally.doubled += found.doubled;
    if (found.lost + found.doubled + found.trouble.length > 0) tally.badCuts += 1;
    const words = found.lost > 0 ? [`${found.lost} of ${expected.length} answered messages are gone`, ...found.trouble] : found.trouble;
    const where = `before change ${at} of ${changes.length} (${changes[at]?.kind ?? "the end"} ${changes[at]?.path.slice(home.home.length) ?? ""}), unsynced: ${choice}`;
    for (const one of words.slice(0, Math.max(0, TROUBLE_MAX - tally.trouble.length))) tally.trouble.push(`${one}; cut ${where}`);
  }
}

/** Has this moment anything to take that matters? (Names in the folder of half-written pictures are never synced.) */
function canTake({ home, model }: Recording): boolean {
  const [wal, file, pictures, halves] = ["events.db-wal", "events.db", "images", "images/tmp"].map((name) =>
    model.unsynced(join(home.home, "data", name)),
  ) as [number, number, number, number];
  return wal + file + pictures - halves > 0;
}

function lookAtDisk(home: string, answered: readonly number[]): { lost: number; doubled: number; trouble: string[] } {
  try {
    openHome(home, COLLECTOR);
    const { lost, doubled, trouble } = checkHome(home, { answered });
    return { lost: lost.length, doubled: doubled.length, trouble: [...trouble] };
  } catch (error) {
    return { lost: answered.length, doubled: 0, trouble: [`the store does not open: ${(error as Error).message}`] };
  }
}

/** The whole program on the disk after the cut; the camera sends its last messages again and new ones: each must be there once. */
async function repeatOn(home: CrashHome, expected: readonly number[]): Promise<string[]> {
  const child = await startEdgeUp(home, {});
  const newest = Math.max(0, ...expected);
  const camera = startPushCamera({ url: home.pushUrl, from: Math.max(1, newest - REPEATED), to: newest + REPEATED, atOnce: 3, everyMs: 0 });
  try {
    while (!camera.sent.has(newest + REPEATED)) await camera.settled();
    await camera.drain(ANSWER_WITHIN_MS);
    const { lost, doubled, trouble } = checkHome(home.home, { answered: new Set([...expected, ...camera.answered.keys()]) });
    if (lost.length + doubled.length === 0) return [...trouble];
    return [`after the start ${lost.length} lost and ${doubled.length} doubled`, ...trouble];
  } finally {
    await camera.stop();
    child.kill("SIGKILL");
    await child.ended;
  }
}
