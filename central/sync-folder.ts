import { open } from "node:fs/promises";

/** A name that was just made, renamed or removed in a folder outlives a power cut, or a stick that is pulled out, only after this. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
