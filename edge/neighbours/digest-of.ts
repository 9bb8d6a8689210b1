import { createHash } from "node:crypto";
import { open } from "node:fs/promises";

/** SHA-256 of a file in hex, read as it lies on the disk now. */
export async function digestOf(path: string): Promise<string> {
  const file = await open(path, "r");
  const hash = createHash("sha256");
  for await (const chunk of file.createReadStream()) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}
