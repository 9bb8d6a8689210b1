import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";

/** The key that seals central's other keys in the database: a copy of the database alone reveals none of them. */
export const SECRET_KEY_BYTES = 32;

/**
 * The key given by CHAVERIM_SECRET_KEY, else the one in `data/secret-key`, made (0600) at the first start. A file that others can read
 * or that is damaged stops the start: going on with a new key would make every sealed key unreadable.
 */
export function loadSecretKey(dataDir: string, given: Uint8Array | null, randomBytes: (count: number) => Uint8Array): Uint8Array {
  if (given !== null) return given;
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, "secret-key");
  try {
    const made = openSync(file, "wx", 0o600);
    try {
      writeSync(made, Buffer.from(randomBytes(SECRET_KEY_BYTES)).toString("hex"));
      fsyncSync(made);
    } finally {
      closeSync(made);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  if ((statSync(file).mode & 0o077) !== 0) throw new Error(`CHAVERIM_SECRET_KEY: the file ${file} may be read by others; chmod 600 it`);
  const text = readFileSync(file, "utf8").trim();
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new Error(`CHAVERIM_SECRET_KEY: the file ${file} does not hold 64 hex digits`);
  return new Uint8Array(Buffer.from(text, "hex"));
}
