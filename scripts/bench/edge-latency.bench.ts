import { execFileSync } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { waitFor } from "../demo/wait.ts";
import { type BenchFigures, type BenchOptions, benchTarget, percentile } from "./bench-result.ts";
import { openBenchSite, PUSH_TYPE, pushBody, recordedMessage } from "./edge-site.ts";

/**
 * A camera's bytes in -> the alert on the site's WebSocket, uplink down, 200 detections a minute, both pictures of real size written and
 * fsynced. The edge is a process of its own; the clock starts before the first byte is sent and stops when the alert has arrived here.
 * Beside it: the bare durable insert of the same bytes (SQLite, FULL), and the same edge once with every fsync delayed by 30 ms.
 */
const PER_MINUTE = 200;
const CROP_BYTES = 20_000;
const SCENE_BYTES = 65_000;
const SLOW_FSYNC_MS = 30;
const TARGET_P99_MS = 25;
/** The first ones load code that a running edge has loaded long ago. */
const WARM_UP = 20;

export async function run({ short, progress }: BenchOptions): Promise<BenchFigures> {
  const samples = short ? 40 : 400;
  progress("bare durable inserts of the same bytes");
  const floor = await bareInserts(samples);
  progress(`${samples} alerts at ${PER_MINUTE} a minute`);
  const usual = await alerts(samples, {});
  const slowSamples = short ? 15 : 100;
  progress(`${slowSamples} alerts with every fsync delayed by ${SLOW_FSYNC_MS} ms`);
  const slow = await withSlowDisk((env) => alerts(slowSamples, env));
  const p99Ms = percentile(usual, 0.99);
  return {
    figures: {
      p50Ms: percentile(usual, 0.5),
      p99Ms,
      floorP99Ms: percentile(floor, 0.99),
      slowDiskP50Ms: percentile(slow, 0.5),
      slowDiskP99Ms: percentile(slow, 0.99),
    },
    targets: [benchTarget("camera bytes in -> alert on the site's socket, p99 ms", p99Ms, "<=", TARGET_P99_MS)],
    params: { perMinute: PER_MINUTE, cropBytes: CROP_BYTES, sceneBytes: SCENE_BYTES, slowFsyncMs: SLOW_FSYNC_MS, uplink: "down", short },
    reference: "one insert of the same message and pictures as blobs, SQLite WAL synchronous=FULL, one commit each",
    samples: { usual: usual.length, slow: slow.length, floor: floor.length },
  };
}

/** Milliseconds from the first byte to the alert, one for each car. */
async function alerts(count: number, env: Readonly<Record<string, string>>): Promise<number[]> {
  const site = await openBenchSite("BX*", env);
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const arrived = new Map<string, number>();
  const message = recordedMessage();
  try {
    const sent = new Map<string, number>();
    let seen = 0;
    const collect = (): void => {
      for (const { atMs, message: one } of site.live.messages.slice(seen)) {
        if (one.type === "alert" && one.alert.detection?.plate != null)
          arrived.set(one.alert.detection.plate, arrived.get(one.alert.detection.plate) ?? atMs);
      }
      seen = site.live.messages.length;
    };
    for (let n = 0; n < count + WARM_UP; n++) {
      const plate = plateOf(n);
      const body = pushBody(message(plate, randomUUID()), { scene: picture(SCENE_BYTES), crop: picture(CROP_BYTES) });
      const startedMs = Date.now();
      sent.set(plate, performance.timeOrigin + performance.now());
      await post(site.pushUrl, body, agent);
      await delay(Math.max(0, 60_000 / PER_MINUTE - (Date.now() - startedMs)));
    }
    await waitFor("the last alert", 10_000, () => {
      collect();
      return arrived.size >= count + WARM_UP ? true : undefined;
    });
    const stored = await site.detections();
    if (stored !== count + WARM_UP) throw new Error(`${count + WARM_UP} were sent and ${stored} stored`);
    return [...sent].slice(WARM_UP).map(([plate, atMs]) => arrived.get(plate)! - atMs);
  } finally {
    agent.destroy();
    await site.close();
  }
}

/** All different and never near one another: each is a pass of its own. */
function plateOf(number: number): string {
  const letters = "ACEFHJKMNPRTUVWXY";
  let text = "";
  for (let at = 0, left = (number + 1) * 7_919; at < 5; at++, left = Math.floor(left / letters.length))
    text += letters[left % letters.length];
  return `BX${text}`;
}

/** Begins and ends as a JPEG does, new bytes each time: no picture is on the disk already. */
function picture(size: number): Buffer {
  return Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), randomBytes(size - 6), Buffer.from([0xff, 0xd9])]);
}

function post(url: string, body: Buffer, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": PUSH_TYPE, "content-length": body.length };
    const sending = request(url, { method: "POST", agent, headers }, (answer) => {
      answer.resume();
      answer.once("end", () => (answer.statusCode === 200 ? resolve() : reject(new Error(`a push was answered ${answer.statusCode}`))));
    });
    sending.once("error", reject);
    sending.end(body);
  });
}

async function bareInserts(count: number): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), "edge-latency-floor-"));
  const db = new Database(join(folder, "floor.db"));
  db.pragma("journal_mode = wal");
  db.pragma("synchronous = full");
  db.exec("create table captures (message text not null, crop blob not null, scene blob not null)");
  const insert = db.prepare("insert into captures (message, crop, scene) values (?, ?, ?)");
  const message = recordedMessage();
  const tookMs: number[] = [];
  for (let n = 0; n < count + WARM_UP; n++) {
    const row = [message(plateOf(n), randomUUID()), picture(CROP_BYTES), picture(SCENE_BYTES)];
    const startedMs = performance.now();
    insert.run(...row);
    if (n >= WARM_UP) tookMs.push(performance.now() - startedMs);
    // The same pauses, so that the disk is as idle as it is beside a camera; shortened, for there is nothing else to wait for.
    await delay(20);
  }
  db.close();
  rmSync(folder, { recursive: true, force: true });
  return tookMs;
}

async function withSlowDisk<Found>(use: (env: Readonly<Record<string, string>>) => Promise<Found>): Promise<Found> {
  const folder = mkdtempSync(join(tmpdir(), "edge-latency-slow-"));
  const library = join(folder, "slow-fsync.so");
  try {
    execFileSync("cc", ["-shared", "-fPIC", "-O1", "-o", library, fileURLToPath(new URL("./slow-fsync.c", import.meta.url)), "-ldl"]);
    return await use({ LD_PRELOAD: library, SLOW_FSYNC_MS: String(SLOW_FSYNC_MS) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
