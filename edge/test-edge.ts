import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { uuidv7 } from "uuidv7";
import WebSocket from "ws";
import type { SiteLiveMessage } from "../shared/api/site-api.ts";
import { type RunningEdge, startEdge } from "./app.ts";
import { addCamera } from "./config/add-camera.ts";
import { openCredentials } from "./config/credential-store.ts";
import { setLocal } from "./config/edit-local.ts";
import { addPerson } from "./people/people-file.ts";

/** A whole edge on a fresh home, with its page on a free loopback port; for tests of what people and cameras meet. */
export interface TestEdge {
  readonly home: string;
  readonly edge: RunningEdge;
  /** A person's session, as a Cookie header. */
  readonly signIn: (name?: string, pin?: string) => Promise<Response>;
  readonly ask: (method: string, path: string, options?: AskOptions) => Promise<Response>;
  readonly json: <Answer>(method: string, path: string, options?: AskOptions) => Promise<Answer>;
  readonly listen: () => Promise<Live>;
  readonly restart: () => Promise<TestEdge>;
  readonly remove: () => Promise<void>;
}

export interface AskOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Live {
  readonly messages: SiteLiveMessage[];
  /** The first message that passes, already there or still to come; rejects after 5 s. */
  readonly until: <Type extends SiteLiveMessage["type"]>(
    type: Type,
    isIt?: (message: Extract<SiteLiveMessage, { type: Type }>) => boolean,
  ) => Promise<Extract<SiteLiveMessage, { type: Type }>>;
  readonly close: () => void;
}

export const PERSON = { name: "Miriam", pin: "246810" };

export interface HomeOptions {
  readonly people?: "one" | "none";
  readonly cameras?: readonly Readonly<Record<string, unknown>>[];
  readonly listen?: string;
  /** The file system's by default. */
  readonly freeBytes?: () => number | null;
}

export async function makeTestEdge(options: HomeOptions = {}): Promise<TestEdge> {
  const home = mkdtempSync(join(tmpdir(), "edge-whole-"));
  setLocal(home, {
    collector_id: uuidv7(),
    site: { name: "Main & Maple", time_zone: "America/New_York" },
    web: { listen: options.listen ?? "127.0.0.1:0" },
    disk: { ballast_mb: "0" },
  });
  const credentials = openCredentials(home);
  if (options.people !== "none") await addPerson(credentials, PERSON.name, PERSON.pin);
  for (const camera of options.cameras ?? []) {
    const added = addCamera({ home, credentials, newId: uuidv7, newSecret: () => "a-secret-of-this-test" }, camera);
    if (added.kind === "refused") throw new Error(added.words);
  }
  return startOn(home, options.freeBytes);
}

async function startOn(home: string, freeBytes?: () => number | null): Promise<TestEdge> {
  const edge = await startEdge({ home, log: pino({ level: "silent" }), ...(freeBytes === undefined ? {} : { freeBytes }) });
  let cookie = "";
  const ask = (method: string, path: string, { body, headers = {} }: AskOptions = {}): Promise<Response> =>
    fetch(`${edge.address}${path}`, {
      method,
      headers: {
        ...(cookie === "" ? {} : { cookie }),
        ...(method === "GET" ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    home,
    edge,
    ask,
    async json<Answer>(method: string, path: string, options?: AskOptions) {
      const response = await ask(method, path, options);
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return JSON.parse(text) as Answer;
    },
    async signIn(name = PERSON.name, pin = PERSON.pin) {
      const response = await ask("POST", "/api/sign-in", { body: { person: name, pin } });
      cookie = response.headers.getSetCookie()[0]?.split(";")[0] ?? cookie;
      return response;
    },
    listen: () => listen(edge, cookie),
    async restart() {
      await edge.stop();
      return startOn(home, freeBytes);
    },
    async remove() {
      await edge.stop();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function listen(edge: RunningEdge, cookie: string): Promise<Live> {
  const socket = new WebSocket(`${edge.address.replace("http", "ws")}/api/live`, { headers: { cookie, origin: edge.address } });
  const messages: SiteLiveMessage[] = [];
  const waiting = new Set<() => void>();
  socket.on("message", (data) => {
    messages.push(JSON.parse(String(data)) as SiteLiveMessage);
    for (const look of waiting) look();
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
    socket.once("unexpected-response", (_request, response) => reject(new Error(`live answered ${response.statusCode}`)));
  });
  return {
    messages,
    close: () => socket.terminate(),
    until: (type, isIt = () => true) =>
      new Promise((resolve, reject) => {
        const end = setTimeout(() => reject(new Error(`no ${type} within 5 s; there were ${messages.map((one) => one.type)}`)), 5_000);
        const look = (): void => {
          const found = messages.find((one) => one.type === type && isIt(one as never));
          if (found === undefined) return;
          clearTimeout(end);
          waiting.delete(look);
          resolve(found as never);
        };
        waiting.add(look);
        look();
      }),
  };
}
