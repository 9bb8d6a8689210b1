import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder } from "../sync-folder.ts";
import type { MadeDown } from "./make-down.ts";

/** Writes a file for a site, whole or not at all: a half file must not stand under its name on a stick. */
export async function writeDownFile(file: string, bytes: Extract<MadeDown, { kind: "down" }>["bytes"]): Promise<void> {
  const part = `${file}.part`;
  const out = await open(part, "w", 0o640);
  try {
    for await (const some of bytes) await out.writeFile(some);
    await out.sync();
  } catch (error) {
    await out.close();
    await rm(part, { force: true });
    throw error;
  }
  await out.close();
  await rename(part, file);
  await syncFolder(dirname(file));
}
