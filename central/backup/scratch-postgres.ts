import { type ChildProcess, spawn } from "node:child_process";
import { chown, lchown, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type OpenDb, openDb } from "../db/open-db.ts";
import { BackupTrouble } from "./backup-manifest.ts";

export interface ScratchServer {
  readonly open: OpenDb;
  readonly stop: () => Promise<void>;
}

/** Replaying the write-ahead log of a large copy takes its time. */
const START_MAX_MS = 30 * 60_000;
/** PostgreSQL refuses to run as root; then it runs as the user that owns nothing, which every Linux has. */
const NOBODY = 65_534;
const WORDS_KEPT = 4_000;

/**
 * Brings an unpacked copy up as a server of its own: on a socket in a folder that nobody else may enter, no network, everybody who gets
 * there is trusted. The copy is used up by it; the backup itself was never touched.
 */
export async function startScratchPostgres(program: string, data: string, url: string): Promise<ScratchServer> {
  const socket = join(dirname(data), "socket");
  await mkdir(socket, { mode: 0o700 });
  // The cluster's own files may lie elsewhere (Debian), name certificates that are not here, or ask for passwords.
  const config = join(data, "scratch.conf");
  const settings = [
    "listen_addresses = ''",
    `unix_socket_directories = '${socket}'`,
    `hba_file = '${join(data, "scratch-hba.conf")}'`,
    "ssl = off",
    "archive_mode = off",
    "fsync = off",
    "shared_preload_libraries = ''",
    "log_destination = 'stderr'",
    "logging_collector = off",
  ];
  await writeFile(config, `${settings.join("\n")}\n`);
  await writeFile(join(data, "scratch-hba.conf"), "local all all trust\n");
  for (const own of ["postgresql.auto.conf", "standby.signal"]) await rm(join(data, own), { force: true });
  const owner = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  if (owner.uid !== undefined) await giveTo(dirname(data), owner.uid);
  const server = spawn(program, ["-D", data, "-c", `config_file=${config}`, "-c", `data_directory=${data}`], {
    ...owner,
    cwd: "/",
    env: { PATH: process.env.PATH, LC_ALL: "C.UTF-8", TZ: "UTC" },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  server.stderr.on("data", (part: Buffer) => {
    said = (said + part.toString("utf8")).slice(-WORDS_KEPT);
  });
  const ended = new Promise<void>((resolve) => {
    server.on("exit", () => resolve());
    server.on("error", (error) => {
      said += error.message;
      resolve();
    });
  });
  const stop = async (): Promise<void> => {
    server.kill("SIGINT");
    await ended;
  };
  try {
    return { open: await connect(server, scratchUrl(url, socket), () => said), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function connect(server: ChildProcess, url: string, said: () => string): Promise<OpenDb> {
  for (let waitedMs = 0; ; waitedMs += 250) {
    try {
      return await openDb({ url, poolMax: 2 });
    } catch (error) {
      if (server.exitCode !== null || server.pid === undefined || waitedMs > START_MAX_MS) {
        throw new BackupTrouble(`The copy could not be brought up: ${said().trim().split("\n").slice(-3).join(" ")}`, { cause: error });
      }
    }
    await delay(250);
  }
}

/** The same role and database as the live one, behind the scratch server's socket. */
function scratchUrl(url: string, socket: string): string {
  const live = new URL(url);
  return `postgres://${live.username}@/${live.pathname.slice(1)}?host=${encodeURIComponent(socket)}`;
}

async function giveTo(folder: string, uid: number): Promise<void> {
  await chown(folder, uid, uid);
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }))
    await lchown(join(entry.parentPath, entry.name), uid, uid);
}
