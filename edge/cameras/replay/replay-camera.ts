import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CameraConfig } from "../../../shared/model/camera.ts";
import type { Camera, CameraPort } from "../camera.ts";
import { createHealthKeeper } from "../camera-health.ts";
import type { CameraWorld } from "../camera-world.ts";
import { createCaptureQueue } from "../capture-queue.ts";
import { createAlertAssembler, noMessages, PICTURE_WAITS } from "../hikvision/alert-assembler.ts";
import { PART_BYTES_MAX, readMultipart, STREAM_LIMITS } from "../multipart-reader.ts";
import type { MultipartPart } from "../multipart-splitter.ts";
import { boundaryOf, headerParameter, parsePartHead } from "../part-headers.ts";

export const REPLAY_FILES_MAX = 10_000;
const PACE_MS_MAX = 60_000;

/** What a recording is: one XML message, a multipart body, or a whole HTTP request. */
const RECORDING = /\.(xml|multipart\.bin|http\.bin)$/;

/**
 * Plays messages recorded from a Hikvision camera as if they came now. The URL is the folder, `file:///var/recordings`; its files are
 * taken in the order of their names, once. `?pace_ms=500` waits that long between two files.
 */
export function createReplayCamera(config: CameraConfig, port: CameraPort, world: CameraWorld): Camera {
  const health = createHealthKeeper(port);
  const run = async (signal: AbortSignal): Promise<void> => {
    health.become("starting", "");
    const folder = folderOf(config.url);
    const names = folder === null ? null : await recordingsIn(folder.path);
    if (folder === null || names === null) {
      health.become("unreachable", "The folder of recordings cannot be read. The camera's URL must be file:// and a folder.");
    } else {
      const played = await play(folder, names, signal);
      if (!signal.aborted) health.become("watching", `Played ${played} of ${names.length} recordings.`);
    }
    await untilAborted(signal);
    health.become("stopped", "");
  };
  const play = async (folder: Folder, names: readonly string[], signal: AbortSignal): Promise<number> => {
    const queue = createCaptureQueue({ port, health, world }, signal);
    const assembler = createAlertAssembler({
      context: { facing: config.facing, timeZone: port.timeZone },
      channel: config.channel,
      waits: PICTURE_WAITS,
      world,
      counts: noMessages(),
      emit: queue.add,
      keepUnknown: port.keepUnknown,
      fetchPicture: null,
      updates: { early: null, late: "late pictures" },
    });
    let played = 0;
    for (const name of names) {
      if (signal.aborted) break;
      if (played > 0 && folder.paceMs > 0) await world.sleep(folder.paceMs, signal);
      for await (const part of partsOf(join(folder.path, name), world)) assembler.part(part);
      // Pictures are in the same file as their message.
      assembler.end("complete");
      health.message();
      health.become("watching", "");
      await queue.room();
      played += 1;
    }
    await queue.drained();
    return played;
  };
  return { config, push: null, run };
}

interface Folder {
  readonly path: string;
  readonly paceMs: number;
}

function folderOf(text: string): Folder | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.protocol !== "file:" || url.host !== "") return null;
  const pace = Number(url.searchParams.get("pace_ms") ?? "0");
  return {
    path: fileURLToPath(new URL(url.pathname, "file:///")),
    paceMs: Number.isFinite(pace) ? Math.min(Math.max(pace, 0), PACE_MS_MAX) : 0,
  };
}

async function recordingsIn(path: string): Promise<string[] | null> {
  const names = await readdir(path).catch(() => null);
  return names === null
    ? null
    : names
        .filter((name) => RECORDING.test(name))
        .sort()
        .slice(0, REPLAY_FILES_MAX);
}

/** The parts of one recording; nothing for a file that is too long or cannot be read. */
async function* partsOf(path: string, world: CameraWorld): AsyncGenerator<MultipartPart, void, void> {
  const size = await stat(path).then(
    (found) => found.size,
    () => Number.POSITIVE_INFINITY,
  );
  if (size > PART_BYTES_MAX) return;
  const file = await readFile(path).catch(() => null);
  if (file === null) return;
  const headEnd = path.endsWith(".http.bin") ? file.indexOf("\r\n\r\n") : -1;
  const { contentType } = parsePartHead(headEnd === -1 ? [] : file.toString("latin1", 0, headEnd).split("\r\n").slice(1));
  const body = headEnd === -1 ? file : file.subarray(headEnd + 4);
  const isMultipart = path.endsWith(".multipart.bin") || headerParameter(contentType, "boundary") !== "";
  if (!isMultipart) {
    yield { kind: "part", head: parsePartHead(["Content-Type: application/xml"]), body, whole: true, lengthWrong: false };
    return;
  }
  async function* once(): AsyncGenerator<Uint8Array, void, void> {
    yield body;
  }
  for await (const item of readMultipart(once(), { boundary: boundaryOf(contentType), limits: STREAM_LIMITS, world })) {
    if (item.kind === "part") yield item;
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
