/**
 * SIGKILL, again and again: edges under a camera's pushes die at random moments and before random changes of their disk, in their starts
 * too. After each start everything that was ever answered must be in the log exactly once, the chain must hold, and the pictures be whole.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Sha256 } from "../../shared/model/ids.ts";
import type { Child } from "../demo/child.ts";
import { type SeededRandom, seededRandom } from "../demo/town/seeded-random.ts";
import { checkHome, type HomeFindings } from "./check-home.ts";
import { type CrashCentral, checkCentral } from "./crash-central.ts";
import { type CrashHome, makeHome, startEdge, startEdgeUp, watchPattern } from "./crash-edge.ts";
import { openWitness, type Witness } from "./disk-witness.ts";
import { type PushCamera, startPushCamera } from "./push-camera.ts";

export interface KillOptions {
  /** The built edge. */
  readonly script: string;
  readonly library: string;
  readonly folder: string;
  readonly seed: string;
  readonly kills: number;
  /** Edges at once. The first one streams to central, when there is one; the others have none. */
  readonly edges: number;
  /** After so many kills an edge gets a new home, and the old one is settled to the end. */
  readonly killsPerHome: number;
  readonly central: CrashCentral | null;
  readonly progress: (words: string) => void;
}

export interface KillFindings {
  readonly kills: number;
  readonly homes: number;
  /** Messages that were answered with 200. */
  readonly answered: number;
  /** Pushes that got no 200 and were repeated. */
  readonly repeated: number;
  readonly lost: number;
  readonly doubled: number;
  readonly trouble: readonly string[];
  /** Kills before a change of the disk, by the change; and by signal at a moment. */
  readonly points: Readonly<Record<string, number>>;
  readonly startMs: number;
  readonly central: { readonly homes: number; readonly messages: number; readonly kills: number } | null;
}

const TROUBLE_MAX = 8;
const HIT_WITHIN_MS = 8_000;
/** An edge that lives answers within two seconds of its start on a machine with ten times more work than cores. */
const ANSWER_WITHIN_MS = 30_000;
const DRAIN_MS = 60_000;
const AT_CENTRAL_WITHIN_MS = 120_000;
/** Messages of one home are numbered from a multiple of this. */
const NUMBERS_PER_HOME = 10_000;
/** Of the first start, as long as none was seen: the 256 folders of pictures above all. */
const CHANGES_OF_FIRST_START = 430;
const CHANGES_OF_A_LIFE = 160;
const MOMENT_MAX_MS = 900;

interface Tally {
  kills: number;
  homes: number;
  answered: number;
  repeated: number;
  lost: Set<number>;
  doubled: Set<number>;
  trouble: string[];
  points: Record<string, number>;
  startsMs: number[];
  centralHomes: number;
  centralMessages: number;
  centralKills: number;
}

export async function killEdges(options: KillOptions): Promise<KillFindings> {
  const tally: Tally = {
    kills: 0,
    homes: 0,
    answered: 0,
    repeated: 0,
    lost: new Set(),
    doubled: new Set(),
    trouble: [],
    points: {},
    startsMs: [],
    centralHomes: 0,
    centralMessages: 0,
    centralKills: 0,
  };
  await Promise.all(Array.from({ length: options.edges }, (_, at) => lane(options, tally, at)));
  const { lost, doubled, startsMs, centralHomes, centralMessages, centralKills, ...rest } = tally;
  return {
    ...rest,
    lost: lost.size,
    doubled: doubled.size,
    startMs: Math.round(startsMs.sort((a, b) => a - b)[Math.floor(startsMs.length / 2)] ?? Number.NaN),
    central: options.central === null ? null : { homes: centralHomes, messages: centralMessages, kills: centralKills },
  };
}

/** One edge after the other, until enough were killed. */
async function lane(options: KillOptions, tally: Tally, at: number): Promise<void> {
  const central = at === 0 ? options.central : null;
  while (tally.kills < options.kills) {
    const number = tally.homes++;
    const folder = mkdtempSync(join(options.folder, `edge-${number}-`));
    try {
      await homeOfKills(options, tally, { number, folder, central });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

interface Place {
  readonly number: number;
  readonly folder: string;
  readonly central: CrashCentral | null;
}

interface Life {
  readonly home: CrashHome;
  readonly camera: PushCamera;
  readonly witness: Witness;
  readonly random: SeededRandom;
  readonly wholePictures: Set<Sha256>;
  changesOfStart: number;
}

async function homeOfKills(options: KillOptions, tally: Tally, { number, folder, central }: Place): Promise<void> {
  const home = await makeHome(options.script, folder, `home-${number}`, await central?.addCollector(`Site ${number}`));
  const witness = openWitness({ library: options.library, root: home.home, folder, name: "home" });
  const camera = startPushCamera({ url: home.pushUrl, from: (number + 1) * NUMBERS_PER_HOME, atOnce: 3, everyMs: 5 });
  const random = seededRandom(`${options.seed}/home-${number}`);
  const life: Life = { home, camera, witness, random, wholePictures: new Set(), changesOfStart: CHANGES_OF_FIRST_START };
  let child: Child | undefined;
  try {
    for (let kill = 0; kill < options.killsPerHome && tally.kills < options.kills; kill++) {
      await liveAndDie(life, tally);
      tally.kills += 1;
      if (tally.kills % 20 === 0)
        options.progress(
          `${tally.kills} kills: ${tally.lost.size} lost, ${tally.doubled.size} doubled, ${tally.trouble.length} other trouble`,
        );
      if (central !== null && kill === Math.floor(options.killsPerHome / 2)) {
        await central.killAndStart();
        tally.centralKills += 1;
      }
    }
    witness.reset();
    child = await startEdgeUp(home, witness.env);
    await camera.drain(DRAIN_MS);
    judge(life, tally, checkHome(home.home, { answered: camera.answered.keys() }));
    if (central !== null) await settleAtCentral(central, camera, tally);
  } finally {
    await camera.stop();
    await child?.stop();
    witness.close();
    tally.answered += camera.answered.size;
    tally.repeated += [...camera.refusals.values()].reduce((sum, count) => sum + count, 0);
  }
}

/** One start, a look at what it found, and the kill. */
async function liveAndDie(life: Life, tally: Tally): Promise<void> {
  const { home, camera, witness, random } = life;
  witness.reset();
  const isInStart = random.chance(0.3);
  if (isInStart) witness.killAt(random.whole(1, life.changesOfStart), random.chance(0.3));
  const startedMs = performance.now();
  const { child, isUp } = startEdge(home, witness.env);
  try {
    if (await isUp) {
      tally.startsMs.push(performance.now() - startedMs);
      life.changesOfStart = witness.seen();
      judge(life, tally, checkHome(home.home, { answered: [...camera.answered.keys()], wholePictures: life.wholePictures }));
      if (camera.answered.size === 0) await watchPattern(home).catch(() => {});
      await die(life, child, tally);
    } else if (witness.killed() === null) say(tally, `the edge ended by itself:\n${child.tail()}`);
  } finally {
    child.kill("SIGKILL");
    await child.ended;
  }
  count(tally, witness.killed() ?? "a moment");
}

/** Before a change of the disk, just after an answer, or whenever. */
async function die(life: Life, child: Child, tally: Tally): Promise<void> {
  const { witness, random } = life;
  const way = random.whole(1, 4);
  if (way <= 2) {
    witness.killAt(random.whole(1, CHANGES_OF_A_LIFE), random.chance(0.3));
    await Promise.race([child.ended, delay(HIT_WITHIN_MS)]);
  } else if (way === 3) {
    await untilAnswered(life, child, tally);
    await delay(random.whole(0, 4));
  } else await Promise.race([child.ended, delay(random.whole(0, MOMENT_MAX_MS))]);
}

/** Until the next answer; or the edge's end, for a kill that was armed for its start may fall between its first push and that answer. */
async function untilAnswered({ camera, witness }: Life, child: Child, tally: Tally): Promise<void> {
  const before = camera.answered.size;
  const fromMs = performance.now();
  const isOver = (): boolean => child.process.exitCode !== null || child.process.signalCode !== null;
  while (camera.answered.size === before && !isOver() && performance.now() - fromMs < ANSWER_WITHIN_MS) await delay(1);
  if (camera.answered.size > before) return;
  if (!isOver()) say(tally, `no push was answered within ${ANSWER_WITHIN_MS} ms of a start`);
  else if (witness.killed() === null) say(tally, `the edge ended by itself:\n${child.tail()}`);
}

/** "write /data/images/ab/cdef.jpg" is a point like "write /data/images/*". */
function count({ points }: Tally, killed: string): void {
  const point = killed
    .replace(/\/images\/tmp\/.+/, "/images/tmp/*")
    .replace(/\/images\/[0-9a-f]{2}(\/.+)?/, "/images/*$1")
    .replace(/\/\*\/.+/, "/*/*");
  points[point] = (points[point] ?? 0) + 1;
}

function judge({ home }: Life, tally: Tally, { lost, doubled, trouble }: HomeFindings): void {
  for (const number of lost) tally.lost.add(number);
  for (const number of doubled) tally.doubled.add(number);
  if (lost.length + doubled.length > 0) say(tally, `${home.home}: ${lost.length} lost, ${doubled.length} doubled`);
  for (const words of trouble) say(tally, words);
}

function say({ trouble }: Tally, words: string): void {
  if (trouble.length < TROUBLE_MAX) trouble.push(words);
}

async function settleAtCentral(central: CrashCentral, camera: PushCamera, tally: Tally): Promise<void> {
  const found = await checkCentral(central, [...camera.answered.keys()], AT_CENTRAL_WITHIN_MS);
  for (const number of found.lost) tally.lost.add(number);
  for (const number of found.doubled) tally.doubled.add(number);
  if (found.lost.length + found.doubled.length + found.unexplained > 0)
    say(tally, `central: ${found.lost.length} lost, ${found.doubled.length} doubled, ${found.unexplained} unexplained`);
  tally.centralHomes += 1;
  tally.centralMessages += found.expected;
}
