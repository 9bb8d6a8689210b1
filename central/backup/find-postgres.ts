import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { BackupTrouble } from "./backup-manifest.ts";

const run = promisify(execFile);

/**
 * The `postgres` program of the backup's major version, which alone can open it: in the configured folder, on PATH, or where
 * distributions put it. Throws BackupTrouble with what to install.
 */
export async function findPostgres(major: string, configured: string | null, path: string = process.env.PATH ?? ""): Promise<string> {
  const folders =
    configured === null
      ? [...path.split(delimiter), `/usr/lib/postgresql/${major}/bin`, `/usr/pgsql-${major}/bin`, `/usr/local/pgsql/bin`]
      : [configured];
  for (const folder of folders) {
    const program = join(folder, "postgres");
    if (folder !== "" && existsSync(program) && (await majorOf(program)) === major) return program;
  }
  const where = configured === null ? "on PATH or in /usr/lib/postgresql" : `in ${configured} (CHAVERIM_POSTGRES_BIN)`;
  throw new BackupTrouble(
    `Bringing this backup up needs PostgreSQL ${major}, and its program "postgres" is not ${where}. Install postgresql-${major} here, or run this where it is.`,
  );
}

async function majorOf(program: string): Promise<string | null> {
  const answer = await run(program, ["--version"], { cwd: "/" }).catch(() => null);
  return /\) (\d+)/.exec(answer?.stdout ?? "")?.[1] ?? null;
}
