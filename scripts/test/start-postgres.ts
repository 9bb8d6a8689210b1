import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import pg from "pg";
import { freePort } from "./free-port.ts";
import { type ProcessOwner, postgresBinaries } from "./postgres-binaries.ts";
import { runCommand, type ServerProcess, startServer, waitUntilUp } from "./server-process.ts";

const INITDB_MAX_MS = 60_000;
const START_MAX_MS = 30_000;

export interface PostgresServer {
  /** Of the superuser, with password: the tests make roles of their own and sign in as those. */
  readonly url: string;
  /** The cluster's folder. */
  readonly data: string;
  stop(): Promise<void>;
  /** SIGKILL of the server and of every process that it started, as when the machine dies. */
  kill(): Promise<void>;
  /** After `stop` or `kill`: starts on the same cluster and port; resolves when it answers. */
  startAgain(): Promise<void>;
}

/**
 * A real PostgreSQL 17 of its own on a free port of 127.0.0.1, with the durability of a real deployment (fsync, full_page_writes and
 * synchronous_commit as shipped: on) and passwords checked. Its cluster lies in `folder`, which the caller removes.
 * PostgreSQL refuses to run as root; then it runs as the owner-less user `nobody`, which every Linux has. `more`: further settings, by name.
 */
export async function startPostgres(folder: string, more: Readonly<Record<string, string>> = {}): Promise<PostgresServer> {
  const owner: ProcessOwner = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const data = path.join(folder, "cluster");
  await fs.mkdir(data, { recursive: true, mode: 0o700 });
  await fs.chmod(folder, 0o711);
  if (owner.uid !== undefined) await fs.chown(data, owner.uid, owner.gid ?? owner.uid);
  const binaries = await postgresBinaries(folder, owner);
  const password = randomBytes(16).toString("hex");
  const env = { PATH: process.env.PATH, LC_ALL: "C.UTF-8", TZ: "UTC" };
  await initialise(binaries, data, password, { ...owner, cwd: "/", env });

  const port = await freePort();
  const settings = { ...more, listen_addresses: "127.0.0.1", port, unix_socket_directories: "", max_connections: 200, timezone: "UTC" };
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  const start = async (): Promise<ServerProcess> => {
    const started = startServer({ file: path.join(binaries, "bin", "postgres"), args: ["-D", data, ...flags], ...owner, cwd: "/", env });
    try {
      await waitUntilUp("PostgreSQL", started, () => answers(url), START_MAX_MS);
      return started;
    } catch (error) {
      await started.stop("SIGQUIT");
      throw error;
    }
  };
  let server = await start();
  return {
    url,
    data,
    // SIGINT is PostgreSQL's "fast" shutdown: it cuts connections that a test forgot instead of waiting for them.
    stop: () => server.stop("SIGINT"),
    async kill() {
      const backends = childrenOf(server.pid);
      await server.stop("SIGKILL");
      for (const pid of backends) endProcess(pid);
    },
    async startAgain() {
      server = await start();
    },
  };
}

/** Processes that this one has started; PostgreSQL's outlive it by a moment, and hold its memory. */
function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It saw that its server is gone, and went too.
  }
}

async function initialise(
  binaries: string,
  data: string,
  password: string,
  as: ProcessOwner & { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<void> {
  const passwordFile = `${data}.password`;
  await fs.writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (as.uid !== undefined) await fs.chown(passwordFile, as.uid, as.gid ?? as.uid);
  const flags = ["--username=postgres", "--auth=scram-sha-256", `--pwfile=${passwordFile}`, "--encoding=UTF8", "--locale=C.UTF-8"];
  try {
    await runCommand({ file: path.join(binaries, "bin", "initdb"), args: [`--pgdata=${data}`, ...flags], ...as }, INITDB_MAX_MS);
  } finally {
    await fs.rm(passwordFile, { force: true });
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
