/**
 * An edge in a process of its own for benches: a home, a person, one camera that pushes, a list that every plate of the bench is on. It is
 * the built program, started as the service starts it on a Pi.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SiteLiveMessage } from "../../shared/api/site-api.ts";
import type { WatchlistView } from "../../shared/api/views.ts";
import { bundleProgram } from "../build/bundle-program.ts";
import { type Child, runToEnd, startChild } from "../demo/child.ts";
import { freePort } from "../demo/free-port.ts";
import { type HttpClient, openClient } from "../demo/http-client.ts";
import { type LiveListener, listenLive } from "../demo/live-listener.ts";
import { waitFor } from "../demo/wait.ts";

export interface BenchSite {
  /** Where the camera posts. */
  readonly pushUrl: string;
  readonly live: LiveListener<SiteLiveMessage>;
  readonly detections: () => Promise<number>;
  readonly close: () => Promise<void>;
}

const ROOT = join(import.meta.dirname, "../..");
const PERSON = { name: "Bench", pin: "246810" };
export const COLLECTOR = "01990000-0000-7000-8000-00000000be9c";
const START_MS = 120_000;

/** A home that has never been started, with a person and a camera that pushes. Without `central` the uplink is as down as can be. */
export async function makeBenchHome(listen: string, central = { url: "http://127.0.0.1:9", apiKey: "" }): Promise<string> {
  const home = mkdtempSync(join(tmpdir(), "bench-edge-"));
  const edge = (args: readonly string[], input: string) =>
    runToEnd({ name: `edge ${args[0]}`, script: "edge/main.ts", args: [...args, "--home", home], input });
  await edge(["init", "--central", central.url, "--collector", COLLECTOR, "--listen", listen], `${central.apiKey}\n`);
  await edge(["person", "add", PERSON.name], `${PERSON.pin}\n`);
  await edge(["camera", "add", "--name", "North gate", "--adapter", "hikvision", "--mode", "push"], "\n");
  return home;
}

export interface BenchEdge {
  readonly child: Child;
  /** Signed in as the home's person. */
  readonly client: HttpClient;
  /** From the start of the program until its page answers. */
  readonly startMs: number;
}

/** Starts the built program on a home, as the service does, and waits for its page. */
export async function startBenchEdge(home: string, listen: string, env: Readonly<Record<string, string>> = {}): Promise<BenchEdge> {
  const program = await buildEdge();
  const fromMs = performance.now();
  const child = startChild({ name: "edge", ...program, env: { ...program.env, ...env, CHAVERIM_EDGE_HOME: home } });
  const client = openClient(`http://${listen}`);
  try {
    await waitFor("the edge", START_MS, () => client.get("/healthz").catch(() => undefined), 20);
    const startMs = performance.now() - fromMs;
    await client.send("POST", "/api/sign-in", { person: PERSON.name, pin: PERSON.pin });
    return { child, client, startMs };
  } catch (error) {
    await child.stop();
    throw new Error(`${(error as Error).message}\n${child.tail()}`);
  }
}

/** `pattern`: what the plates of the bench have in common. */
export async function openBenchSite(pattern: string, env: Readonly<Record<string, string>> = {}): Promise<BenchSite> {
  const listen = `127.0.0.1:${await freePort()}`;
  const home = await makeBenchHome(listen);
  const { child, client } = await startBenchEdge(home, listen, env);
  const close = async (): Promise<void> => {
    await child.stop();
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const { watchlists } = await client.get<{ watchlists: WatchlistView[] }>("/api/watchlists");
    await client.send("POST", `/api/watchlists/${watchlists[0]!.id}/entries`, { plate: pattern, reason: "bench", expires_hours: 1 });
    const live = await listenLive<SiteLiveMessage>(`${client.url}/api/live`, client.headers());
    return {
      pushUrl: await pushUrlOf(client),
      live,
      detections: () => detectionsStored(client),
      close: async () => {
        live.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw new Error(`${(error as Error).message}\n${child.tail()}`);
  }
}

/** Where the home's camera posts. */
export async function pushUrlOf(client: HttpClient): Promise<string> {
  const { cameras } = await client.get<{ cameras: { push_path: string }[] }>("/api/cameras");
  return client.url + cameras[0]!.push_path;
}

async function detectionsStored(client: HttpClient): Promise<number> {
  const text = new TextDecoder().decode(await client.bytes("/metrics"));
  return Number(/^chaverim_edge_detections_stored (\d+)/m.exec(text)?.[1] ?? Number.NaN);
}

export interface BuiltEdge {
  readonly script: string;
  readonly nodeOptions: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** `dist/edge.js` of these sources, with the flags and the environment of the service's unit. */
export async function buildEdge(): Promise<BuiltEdge> {
  await bundleProgram({ root: ROOT, entry: "edge/main.ts", outDir: join(ROOT, "dist"), outName: "edge" });
  const unit = readFileSync(join(ROOT, "systemd/chaverim-edge.service"), "utf8");
  const started = /^ExecStart=.*\/node (.*)dist\/edge\.js$/m.exec(unit);
  if (started === null) throw new Error("systemd/chaverim-edge.service does not start dist/edge.js");
  const settings = [...unit.matchAll(/^Environment=(.*)$/gm)].flatMap(([, words]) => words!.split(" "));
  const env = Object.fromEntries(settings.map((word) => word.split("=", 2) as [string, string]));
  return { script: join(ROOT, "dist/edge.js"), nodeOptions: started[1]!.split(" ").filter((word) => word !== ""), env };
}

const RECORDING = new URL("../../edge/cameras/hikvision/fixtures/push-tcg405.http.bin", import.meta.url);

/** The XML message of a recorded push, with another plate and id: what a camera would send for the next car. */
export function recordedMessage(): (plate: string, uuid: string) => string {
  const text = readFileSync(RECORDING).toString("latin1");
  const xml = text.slice(text.indexOf("<?xml"), text.indexOf("</EventNotificationAlert>") + "</EventNotificationAlert>".length);
  const plate = /<licensePlate>([^<]+)</.exec(xml)?.[1] ?? "";
  return (nextPlate, uuid) => xml.replaceAll(plate, nextPlate).replace(/<UUID>[^<]*<\/UUID>/, `<UUID>${uuid}</UUID>`);
}

const BOUNDARY = "---------------------------7e13971310878";
/** The content type of a push as `pushBody` makes it. */
export const PUSH_TYPE = `multipart/form-data; boundary=${BOUNDARY}`;

/** A camera's push: the message and its two pictures. */
export function pushBody(xml: string, { scene, crop }: { readonly scene: Buffer; readonly crop: Buffer }): Buffer {
  const part = (name: string, type: string, bytes: Buffer): Buffer =>
    Buffer.concat([
      Buffer.from(
        `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"; filename="${name}"\r\nContent-Type: ${type}\r\nContent-Length: ${bytes.length}\r\n\r\n`,
      ),
      bytes,
      Buffer.from("\r\n"),
    ]);
  return Buffer.concat([
    part("anpr.xml", "application/xml", Buffer.from(xml, "latin1")),
    part("detectionPicture.jpg", "image/jpeg", scene),
    part("licensePlatePicture.jpg", "image/jpeg", crop),
    Buffer.from(`--${BOUNDARY}--\r\n`),
  ]);
}
