/** The built edge as the crash test starts it: a home set up by the program's own commands, one camera that pushes, one watched pattern. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setLocal } from "../../edge/config/edit-local.ts";
import type { WatchlistView } from "../../shared/api/views.ts";
import { type CollectorId, uuid } from "../../shared/model/ids.ts";
import { bundleProgram } from "../build/bundle-program.ts";
import { type Child, runToEnd, startChild } from "../demo/child.ts";
import { freePort } from "../demo/free-port.ts";
import { openClient } from "../demo/http-client.ts";
import { waitFor } from "../demo/wait.ts";
import { WATCHED_PATTERN } from "./push-camera.ts";

const ROOT = join(import.meta.dirname, "../..");
const PERSON = { name: "Crash", pin: "246810" };
/** Of the homes without a central. */
export const COLLECTOR = uuid<CollectorId>("01990000-0000-7000-8000-00000000c4a5");
const START_MS = 60_000;
/** A small ballast, for it is copied at each cut, and no ladder: the disk here is full when it says so, and small from the start. */
const DISK = { ballast_mb: "1", low_mb: "0", very_low_mb: "0", stop_mb: "0" };
/** Port 9, discard: an uplink as down as can be. */
const NO_CENTRAL = "http://127.0.0.1:9";

/** A change of the built program's text, for a control that must fail. */
export interface ProgramPatch {
  /** Names the folder of the build. */
  readonly name: string;
  readonly replace: readonly { readonly from: string; readonly to: string }[];
}

const BUILT = join(ROOT, ".cache", "crash", String(process.pid));

/** Removes what `buildProgram` made. */
export const removePrograms = (): void => rmSync(BUILT, { recursive: true, force: true });

/** Builds a program of these sources beside node_modules; answers its script. Throws when a patch finds nothing to change. */
export async function buildProgram(program: "edge" | "central", patch?: ProgramPatch): Promise<string> {
  const outDir = join(BUILT, patch?.name ?? "as-is");
  const made = await bundleProgram({ root: ROOT, entry: `${program}/main.ts`, outDir, outName: program });
  for (const { from, to } of patch?.replace ?? []) {
    let found = 0;
    for (const name of made) {
      const file = join(outDir, name);
      const text = readFileSync(file, "utf8");
      found += text.split(from).length - 1;
      writeFileSync(file, text.replaceAll(from, to));
    }
    if (found === 0) throw new Error(`the built edge does not say ${JSON.stringify(from)}: the control would prove nothing`);
  }
  return join(outDir, `${program}.js`);
}

export interface CentralAddress {
  readonly url: string;
  readonly collector: string;
  readonly apiKey: string;
  /** Both public keys, with a colon between. */
  readonly keys: string;
}

export interface CrashHome {
  readonly home: string;
  readonly url: string;
  readonly pushUrl: string;
  readonly script: string;
}

/** Makes a home below `folder`, ready for its first start. */
export async function makeHome(script: string, folder: string, name: string, central?: CentralAddress): Promise<CrashHome> {
  const home = join(folder, name);
  mkdirSync(home, { recursive: true });
  const port = await freePort();
  const edge = (args: readonly string[], input: string) =>
    runToEnd({ name: `edge ${args[0]}`, nodeOptions: [], script, args: [...args, "--home", home], input });
  const where = ["--central", central?.url ?? NO_CENTRAL, "--collector", central?.collector ?? COLLECTOR];
  const keys = central === undefined ? [] : ["--central-key", central.keys];
  await edge(["init", ...where, ...keys, "--listen", `127.0.0.1:${port}`], `${central?.apiKey ?? ""}\n`);
  await edge(["person", "add", PERSON.name], `${PERSON.pin}\n`);
  await edge(["camera", "add", "--name", `Gate ${name}`, "--adapter", "hikvision", "--mode", "push"], "\n");
  setLocal(home, { disk: DISK });
  const local = readFileSync(join(home, "config/local.yaml"), "utf8");
  const id = /\bid: *"?([0-9a-f-]{36})/.exec(local)?.[1];
  const secret = /\bpush_secret: *"?([A-Za-z0-9_-]+)/.exec(local)?.[1];
  if (id === undefined || secret === undefined) throw new Error("config/local.yaml names no camera that pushes");
  const url = `http://127.0.0.1:${port}`;
  return { home, url, pushUrl: `${url}/push/hikvision/${id}/${secret}`, script };
}

export interface StartedEdge {
  readonly child: Child;
  /** True when the page listens; false when the program ended before. */
  readonly isUp: Promise<boolean>;
}

/** Starts the edge on its home. */
export function startEdge({ script, home }: CrashHome, env: Readonly<Record<string, string>>): StartedEdge {
  const up = Promise.withResolvers<boolean>();
  const child = startChild({
    name: "edge",
    script,
    nodeOptions: [],
    env: { ...env, CHAVERIM_EDGE_HOME: home },
    onLine: (line) => {
      if (line.includes("this edge runs")) up.resolve(true);
    },
  });
  const late = setTimeout(() => child.kill("SIGKILL"), START_MS);
  void child.ended.then(() => up.resolve(false));
  void up.promise.then(() => clearTimeout(late));
  return { child, isUp: up.promise };
}

/** Starts it and waits until its page listens; throws with its last words when it ends instead. */
export async function startEdgeUp(home: CrashHome, env: Readonly<Record<string, string>>): Promise<Child> {
  const { child, isUp } = startEdge(home, env);
  if (await isUp) return child;
  throw new Error(`the edge did not start:\n${child.tail()}`);
}

/** Puts the watched pattern on the site's list, so that part of the messages raise an alert. */
export async function watchPattern({ url }: CrashHome): Promise<void> {
  const client = openClient(url);
  await waitFor("the edge", START_MS, () => client.get("/healthz").catch(() => undefined));
  await client.send("POST", "/api/sign-in", { person: PERSON.name, pin: PERSON.pin });
  const { watchlists } = await client.get<{ watchlists: WatchlistView[] }>("/api/watchlists");
  const entry = { plate: WATCHED_PATTERN, reason: "crash test", expires_hours: 24 };
  await client.send("POST", `/api/watchlists/${watchlists[0]!.id}/entries`, entry);
}
