/**
 * The town's own door for the demo and its tests, on loopback: read the ledger, make a camera see a plate, break things.
 * It is no part of any camera; the product never knows it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { CameraWork } from "./camera-work.ts";
import { PLATE_STYLES } from "./pictures/plate-drawing.ts";
import { VEHICLE_COLORS, VEHICLE_TYPES } from "./pictures/vehicle-drawing.ts";
import { type SeededRandom, seededRandom } from "./seeded-random.ts";
import type { Town } from "./town.ts";

export interface ControlServer {
  readonly url: string;
  close(): Promise<void>;
}

type Answer = readonly [status: number, body: unknown];
type Fields = Readonly<Record<string, unknown>>;

const BODY_BYTES_MAX = 65_536;
const LEDGER_ROWS_PER_ANSWER_MAX = 5_000;

/** Opens the control address; `onStop` is called by POST /stop. */
export async function openControlServer(town: Town, port: number, onStop: () => void): Promise<ControlServer> {
  const server = createServer((request, response) => {
    handle(town, request, onStop)
      .catch((error: unknown): Answer => [500, { error: String(error) }])
      .then(([status, body]) => reply(response, status, body));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What a camera is to an installer: where it is, how to sign in, how it delivers. */
export function describeCamera(work: CameraWork): Record<string, unknown> {
  const { settings, doors } = work.camera;
  return {
    name: settings.name,
    site: settings.site,
    // What an edge configures: a stream that stays silent is still mode "stream".
    mode: settings.mode === "silent-stream" ? "stream" : settings.mode,
    delivery: settings.mode,
    family: settings.family,
    url: work.camera.url,
    username: settings.username,
    password: settings.password,
    channel: settings.channel,
    algorithms: settings.algorithms,
    clockSkewMs: settings.clockSkewMs,
    timeZone: settings.zone,
    facing: "approaching",
    pushTarget: work.camera.pushTarget(),
    listeners: doors.stream.listeners(),
    pushesWaiting: doors.push.waiting(),
  };
}

async function handle(town: Town, request: IncomingMessage, onStop: () => void): Promise<Answer> {
  const url = new URL(request.url ?? "/", "http://town");
  const way = `${request.method} ${url.pathname}`;
  const fields = request.method === "POST" ? await readFields(request) : {};
  if (fields === null) return [400, { error: "the body is not a JSON object" }];
  switch (way) {
    case "GET /ledger": {
      const number = (name: string, otherwise: number): number => Number(url.searchParams.get(name) ?? otherwise) || 0;
      const limit = Math.min(LEDGER_ROWS_PER_ANSWER_MAX, number("limit", LEDGER_ROWS_PER_ANSWER_MAX));
      const rows = town.ledger.read({
        afterRow: number("after", 0),
        limit,
        camera: url.searchParams.get("camera"),
        site: url.searchParams.get("site"),
      });
      return [200, { rows, summary: town.ledger.summary() }];
    }
    case "GET /summary":
      return [200, town.ledger.summary()];
    case "GET /watched":
      return [200, { watched: town.watched() }];
    case "GET /cameras":
      return [200, { cameras: town.works.map(describeCamera) }];
    case "POST /watch":
      if (typeof fields.plate !== "string") return [422, { error: "plate is missing" }];
      town.watch({ plate: fields.plate, reason: String(fields.reason ?? "") });
      return [200, { watched: town.watched() }];
    case "POST /see":
      return see(town, fields);
    case "POST /fault":
      return fault(town, fields);
    case "POST /push-target": {
      const work = find(town, fields);
      if (work === undefined) return unknownCamera(fields);
      const target = fields.url;
      if (target !== null && (typeof target !== "string" || !URL.canParse(target))) return [422, { error: "url is not an address" }];
      work.camera.setPushTarget(target === null ? null : new URL(target));
      return [200, describeCamera(work)];
    }
    case "POST /rate":
      if (typeof fields.perMinute !== "number" || !(fields.perMinute >= 0))
        return [422, { error: "perMinute must be a number of 0 or more" }];
      town.setRate(fields.perMinute);
      return [200, { perMinute: fields.perMinute }];
    case "POST /pause":
    case "POST /resume":
      town.setPaused(way === "POST /pause");
      return [200, { paused: way === "POST /pause" }];
    case "POST /stop":
      onStop();
      return [200, { stopping: true }];
    default:
      return [404, { error: `there is no ${way}` }];
  }
}

async function see(town: Town, fields: Fields): Promise<Answer> {
  if (find(town, fields) === undefined) return unknownCamera(fields);
  const plate = fields.plate;
  if (plate !== null && (typeof plate !== "string" || !/^[A-Z0-9]{1,12}$/.test(plate)))
    return [422, { error: "plate must be A-Z0-9, 1 to 12 characters, or null" }];
  // The town's own vehicle when it has this plate, else one that the plate itself makes.
  const known = town.fleet.vehicles.find((vehicle) => vehicle.plate === plate);
  const random = seededRandom(`vehicle/${plate}`);
  const said = typeof fields.said === "string" ? fields.said : (plate ?? "noPlate");
  const row = await town.see(String(fields.camera), {
    vehicle: {
      plate,
      type: oneOf(VEHICLE_TYPES, fields.type, known?.type, random),
      color: oneOf(VEHICLE_COLORS, fields.color, known?.color, random),
      style: oneOf(PLATE_STYLES, fields.style, known?.style, random),
    },
    side: fields.side === "rear" ? "rear" : "front",
    said,
    confidence: typeof fields.confidence === "number" ? fields.confidence : said === plate ? 97 : 74,
    kind: fields.kind === "corrected" || fields.kind === "parked" ? fields.kind : "read",
    ...(typeof fields.pass === "number" ? { pass: fields.pass } : {}),
  });
  return [200, row];
}

async function fault(town: Town, fields: Fields): Promise<Answer> {
  const work = find(town, fields);
  if (work === undefined) return unknownCamera(fields);
  const { stream } = work.camera.doors;
  const ms = (typeof fields.seconds === "number" ? fields.seconds : 20) * 1000;
  switch (fields.kind) {
    case "silent":
      stream.silence(ms);
      return [200, { fault: "silent", ms }];
    case "half-part":
      stream.breakNext();
      return [200, { fault: "half-part" }];
    case "close":
      stream.cutListeners();
      return [200, { fault: "close" }];
    case "malformed":
    case "duplicate":
    case "lose":
    case "double":
    case "swap-image":
    case "late":
      return [200, { fault: fields.kind, row: await work.fault(fields.kind, ms) }];
    default:
      return [422, { error: "kind must be malformed, duplicate, silent, half-part, close, lose, double, swap-image or late" }];
  }
}

function find(town: Town, fields: Fields): CameraWork | undefined {
  return town.works.find((work) => work.camera.settings.name === fields.camera);
}

function unknownCamera(fields: Fields): Answer {
  return [404, { error: `there is no camera ${String(fields.camera)}` }];
}

function oneOf<T extends string>(all: readonly T[], asked: unknown, known: T | undefined, random: SeededRandom): T {
  return all.find((item) => item === asked) ?? known ?? random.pick(all);
}

async function readFields(request: IncomingMessage): Promise<Fields | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  if (size === 0) return {};
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
  } catch {
    return null;
  }
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) });
  response.end(text);
}
