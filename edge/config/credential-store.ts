import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolderDurably, writeDurably } from "../write-durably.ts";

/**
 * Secrets of this home: one file each in config/.credentials, 0600 in a folder of 0700. Config files name them and never hold them, so
 * that a config can be shown, copied and pushed.
 */
export interface CredentialStore {
  /** Null when there is none. Trailing line breaks are not part of a secret. */
  readonly read: (name: string) => string | null;
  readonly write: (name: string, secret: string) => void;
  /** The stored one, or one made now. */
  readonly readOrMake: (name: string, make: () => string) => string;
  readonly pathOf: (name: string) => string;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function openCredentials(home: string): CredentialStore {
  const folder = join(home, "config", ".credentials");
  makeFolderDurably(folder, 0o700);
  // The folder may have been made by hand, or by an unpacker with its own idea of modes.
  chmodSync(folder, 0o700);
  const pathOf = (name: string): string => {
    if (!NAME.test(name)) throw new Error(`"${name}" cannot name a credential: letters, digits, dot, dash and underscore only.`);
    return join(folder, name);
  };
  const read = (name: string): string | null => {
    const path = pathOf(name);
    try {
      return readFileSync(path, "utf8").replace(/[\r\n]+$/, "");
    } catch (error) {
      if ((error as { code?: unknown }).code === "ENOENT") return null;
      throw new Error(`${path} cannot be read (${String((error as { code?: unknown }).code)}).`);
    }
  };
  const write = (name: string, secret: string): void => writeDurably(pathOf(name), `${secret}\n`, 0o600);
  return {
    read,
    write,
    readOrMake(name, make) {
      const held = read(name);
      if (held !== null && held !== "") return held;
      const made = make();
      write(name, made);
      return made;
    },
    pathOf,
  };
}
