/**
 * A disk that fills up under an edge, with a little room left or none, and is freed again: what is refused is not answered with 200, what
 * was answered stays, the page goes on answering, and afterwards the same process goes on. Where a small file system may be mounted it is
 * a real one; elsewhere the preloaded library says ENOSPC.
 */
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Child } from "../demo/child.ts";
import { openClient } from "../demo/http-client.ts";
import { waitFor } from "../demo/wait.ts";
import { checkHome } from "./check-home.ts";
import { type CrashHome, makeHome, startEdgeUp, watchPattern } from "./crash-edge.ts";
import { openWitness } from "./disk-witness.ts";
import { type PushCamera, startPushCamera } from "./push-camera.ts";

export interface FullDiskOptions {
  readonly script: string;
  readonly library: string;
  readonly folder: string;
  /** `mounted`: a real one where that is allowed, else as `preloaded`. */
  readonly disk: "mounted" | "preloaded";
  readonly progress: (words: string) => void;
}

export interface FullDiskFindings {
  readonly disk: "mounted" | "preloaded";
  readonly rounds: number;
  readonly answered: number;
  /** Pushes answered 503 while the disk was full. */
  readonly refused: number;
  readonly lost: number;
  readonly doubled: number;
  /** Looks at the page while the disk was full, and those that it did not answer. */
  readonly looks: number;
  readonly unanswered: number;
  readonly trouble: readonly string[];
}

interface SmallDisk {
  readonly kind: FullDiskFindings["disk"];
  readonly root: string;
  readonly env: (home: string) => Readonly<Record<string, string>>;
  /** Leaves so many bytes. */
  readonly fill: (leftBytes: number) => void;
  readonly free: () => void;
  readonly close: () => void;
}

const DISK_MB = 64;
/** What is left at a fill: nothing, less than a picture, a few messages. */
const LEFT_BYTES = [0, 5_000, 60_000] as const;
const BETWEEN = 20;
const REFUSED_MIN = 4;
/** The disk stays full so long, for the page to be looked at. */
const FULL_MS = 2_000;
const WITHIN_MS = 90_000;

export async function fillDisk(options: FullDiskOptions): Promise<FullDiskFindings> {
  const folder = mkdtempSync(join(options.folder, "full-disk-"));
  const disk = (options.disk === "mounted" ? mountSmall(folder) : null) ?? preloadSmall(folder, options.library);
  options.progress(`a small disk, ${disk.kind}`);
  let camera: PushCamera | undefined;
  let child: Child | undefined;
  try {
    const home = await makeHome(options.script, disk.root, "home");
    const env = disk.env(home.home);
    child = await startEdgeUp(home, env);
    await watchPattern(home);
    camera = startPushCamera({ url: home.pushUrl, from: 1, atOnce: 2, everyMs: 10 });
    const page = watchPage(home);
    const trouble: string[] = [];
    for (const left of LEFT_BYTES) {
      await fillOnce(disk, camera, left, page);
      if (child.process.exitCode !== null) trouble.push(`the edge ended while the disk was full:\n${child.tail()}`);
      options.progress(`full with ${left} bytes left: ${camera.refusals.get("503") ?? 0} pushes refused so far; freed, and it goes on`);
    }
    child = await dieFull(disk, home, env, camera, child);
    await camera.drain(WITHIN_MS);
    const found = checkHome(home.home, { answered: camera.answered.keys() });
    return {
      disk: disk.kind,
      rounds: LEFT_BYTES.length + 1,
      answered: camera.answered.size,
      refused: camera.refusals.get("503") ?? 0,
      lost: found.lost.length,
      doubled: found.doubled.length,
      ...page.counts(),
      trouble: [...trouble, ...found.trouble],
    };
  } finally {
    await camera?.stop();
    await child?.stop();
    disk.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fillOnce(disk: SmallDisk, camera: PushCamera, left: number, page: ReturnType<typeof watchPage>): Promise<void> {
  await moreAnswers(camera);
  const before = camera.refusals.get("503") ?? 0;
  disk.fill(left);
  await page.during(async () => {
    await delay(FULL_MS);
    await waitFor("refused pushes", WITHIN_MS, () => ((camera.refusals.get("503") ?? 0) >= before + REFUSED_MIN ? true : undefined));
  });
  disk.free();
  await moreAnswers(camera);
}

/** Killed while the disk is full, and started when there is room again. */
async function dieFull(
  disk: SmallDisk,
  home: CrashHome,
  env: Readonly<Record<string, string>>,
  camera: PushCamera,
  child: Child,
): Promise<Child> {
  const before = camera.refusals.get("503") ?? 0;
  disk.fill(0);
  await waitFor("refused pushes", WITHIN_MS, () => ((camera.refusals.get("503") ?? 0) > before ? true : undefined));
  child.kill("SIGKILL");
  await child.ended;
  disk.free();
  const again = await startEdgeUp(home, env);
  await moreAnswers(camera);
  return again;
}

async function moreAnswers(camera: PushCamera): Promise<void> {
  const until = camera.answered.size + BETWEEN;
  await waitFor("answered pushes", WITHIN_MS, () => (camera.answered.size >= until ? true : undefined));
}

/** What a page that stays open asks for: the newest detections. */
function watchPage({ home, url }: CrashHome) {
  let looks = 0;
  let unanswered = 0;
  return {
    counts: () => ({ looks, unanswered }),
    async during(work: () => Promise<unknown>): Promise<void> {
      const client = openClient(url, readFileSync(join(home, "config/.credentials/local-token"), "utf8").trim());
      let isOver = false;
      const looking = (async () => {
        while (!isOver) {
          looks += 1;
          await client.get("/api/detections?limit=20").catch(() => {
            unanswered += 1;
          });
          await delay(100);
        }
      })();
      try {
        await work();
      } finally {
        isOver = true;
        await looking;
      }
    },
  };
}

/** A file system in memory of this size; null where mounting is not allowed. */
function mountSmall(folder: string): SmallDisk | null {
  const root = join(folder, "small");
  mkdirSync(root);
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_MB}m`, "tmpfs", root]);
  if (mounted.status !== 0) return null;
  const filler = join(root, "filler");
  return {
    kind: "mounted",
    root,
    env: () => ({}),
    fill(leftBytes) {
      const file = openSync(filler, "w");
      const { bavail, bsize } = statfsSync(root);
      const block = Buffer.alloc(bsize);
      // The edge writes meanwhile: it may be full before all of this is written, and that is what is wanted.
      try {
        for (let left = bavail - Math.ceil(leftBytes / bsize); left > 0; left--) writeSync(file, block);
      } catch (error) {
        if ((error as { code?: string }).code !== "ENOSPC") throw error;
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(filler, { force: true }),
    close: () => void spawnSync("umount", [root]),
  };
}

function preloadSmall(folder: string, library: string): SmallDisk {
  const root = join(folder, "small");
  mkdirSync(root, { recursive: true });
  const witness = openWitness({ library, root: join(root, "home"), folder, name: "small" });
  return {
    kind: "preloaded",
    root,
    env: () => witness.env,
    fill: (leftBytes) => witness.setSpace(leftBytes),
    free: () => witness.setSpace(null),
    close: witness.close,
  };
}
