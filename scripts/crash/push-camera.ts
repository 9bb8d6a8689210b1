/**
 * A camera that numbers its messages: the plate says the number, and so do its event id and its two pictures. It pushes as cameras do,
 * and repeats any push that was not answered with 200, for ever. What it was answered is the ledger of the crash test: no id that the
 * product made stands in it.
 */
import { createHash } from "node:crypto";
import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { PUSH_TYPE, pushBody, recordedMessage } from "../bench/edge-site.ts";

export interface PushCamera {
  /** Number -> when its 200 arrived, on the monotonic clock, ns. */
  readonly answered: ReadonlyMap<number, bigint>;
  /** Numbers that were sent at least once, answered or not. */
  readonly sent: ReadonlySet<number>;
  /** Pushes that came back with anything but 200, by status; "none" where the connection broke. */
  readonly refusals: ReadonlyMap<string, number>;
  /** Resolves at the next look at the camera, a moment later. */
  readonly settled: () => Promise<void>;
  /** Sends no new numbers; resolves when every number sent has been answered, or throws after `withinMs`. */
  readonly drain: (withinMs: number) => Promise<void>;
  /** Sends new numbers again after `drain`. */
  readonly goOn: () => void;
  readonly stop: () => Promise<void>;
}

export interface PushCameraOptions {
  readonly url: string;
  /** The number of the first message. */
  readonly from: number;
  /** Pushes under way at once, as a camera with several connections has. */
  readonly atOnce: number;
  /** Wait between one answer and the next push of a connection, ms. */
  readonly everyMs: number;
  /** The last number; without it there is no last one. */
  readonly to?: number;
  readonly sceneBytes?: number;
  readonly cropBytes?: number;
}

const SCENE_BYTES = 6_000;
const CROP_BYTES = 2_000;
const TIMEOUT_MS = 10_000;
/** As a camera whose server is away: it tries again soon. */
const REPEAT_MS = 60;
const LOOK_MS = 20;
/** Every eighth plate is on the watchlist that the test's sites have. */
export const WATCHED_PATTERN = "BX*";
const WATCHED_EVERY = 8;

/** The plate of a message: BX and CY tell watched from unwatched, seven digits of base 36 the number, spread so that two that follow one another share no pass. */
export function plateOf(number: number): string {
  return `${number % WATCHED_EVERY === 0 ? "BX" : "CY"}${((number * SPREAD) % RANGE).toString(36).toUpperCase().padStart(7, "0")}`;
}

/** The number that a plate says; null for a plate that this camera never sent. */
export function numberOf(plate: string | null): number | null {
  if (plate === null || !/^(BX|CY)[0-9A-Z]{7}$/.test(plate)) return null;
  const number = Number((BigInt(Number.parseInt(plate.slice(2), 36)) * INVERSE) % BigInt(RANGE));
  return plateOf(number) === plate ? number : null;
}

/** Smaller than 36^7 and prime, so that every factor can be undone; numbers stay below 2^20 and products below 2^53. */
const RANGE = 2_147_483_647;
const SPREAD = 4_194_301;
const INVERSE = inverseOf(BigInt(SPREAD), BigInt(RANGE));

/** By Fermat: a^(p-2) mod p. */
function inverseOf(value: bigint, prime: bigint): bigint {
  let result = 1n;
  let base = value;
  for (let power = prime - 2n; power > 0n; power >>= 1n) {
    if ((power & 1n) === 1n) result = (result * base) % prime;
    base = (base * base) % prime;
  }
  return result;
}

export function startPushCamera(options: PushCameraOptions): PushCamera {
  const { url, atOnce, everyMs, to = 2 ** 20, sceneBytes = SCENE_BYTES, cropBytes = CROP_BYTES } = options;
  const answered = new Map<number, bigint>();
  const sent = new Set<number>();
  const refusals = new Map<string, number>();
  const repeat: number[] = [];
  const message = recordedMessage();
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const ending = new AbortController();
  let next = options.from;
  let isDraining = false;

  const connection = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const number = repeat.shift() ?? (isDraining || next > to ? undefined : next++);
      if (number === undefined) {
        await pause(REPEAT_MS, ending.signal);
        continue;
      }
      sent.add(number);
      const body = pushBody(message(plateOf(number), eventIdOf(number)), {
        scene: picture(`scene ${number}`, sceneBytes),
        crop: picture(`crop ${number}`, cropBytes),
      });
      const status = await post(url, body, agent, ending.signal);
      if (status === 200) {
        answered.set(number, process.hrtime.bigint());
        await pause(everyMs, ending.signal);
      } else {
        repeat.push(number);
        refusals.set(String(status), (refusals.get(String(status)) ?? 0) + 1);
        await pause(REPEAT_MS, ending.signal);
      }
    }
  };
  const running = Promise.all(Array.from({ length: atOnce }, connection));
  return {
    answered,
    sent,
    refusals,
    settled: () => delay(LOOK_MS),
    async drain(withinMs) {
      isDraining = true;
      const until = performance.now() + withinMs;
      while (sent.size > answered.size) {
        if (performance.now() > until) throw new Error(`${sent.size - answered.size} pushes were not answered within ${withinMs} ms`);
        await delay(LOOK_MS);
      }
    },
    goOn() {
      isDraining = false;
    },
    async stop() {
      ending.abort();
      agent.destroy();
      await running;
    },
  };
}

const pause = async (ms: number, signal: AbortSignal): Promise<void> => void (await delay(ms, undefined, { signal }).catch(() => {}));

const eventIdOf = (number: number): string => {
  const hex = createHash("sha256").update(`event ${number}`).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

/** The same bytes for the same words, between the marks of a JPEG. */
function picture(words: string, bytes: number): Buffer {
  const body = createHash("shake256", { outputLength: bytes - 6 })
    .update(words)
    .digest();
  return Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), body, Buffer.from([0xff, 0xd9])]);
}

function post(url: string, body: Buffer, agent: Agent, signal: AbortSignal): Promise<number | "none"> {
  return new Promise((resolve) => {
    const headers = { "content-type": PUSH_TYPE, "content-length": body.length };
    const sending = request(url, { method: "POST", agent, headers, timeout: TIMEOUT_MS, signal }, (answer) => {
      answer.resume();
      // Without its whole answer a camera has none.
      answer.once("end", () => resolve(answer.complete ? (answer.statusCode ?? "none") : "none"));
      answer.once("close", () => resolve("none"));
    });
    sending.once("timeout", () => sending.destroy());
    sending.once("error", () => resolve("none"));
    sending.end(body);
  });
}
