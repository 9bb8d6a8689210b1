import { join } from "node:path";
import type { Sha256 } from "../../shared/model/ids.ts";

/** Where a picture lies: by its content, two levels of 256 folders, so that no folder grows beyond what a file system likes. */
export function imageFile(home: string, sha256: Sha256): string {
  return join(imageFolder(home, sha256), `${sha256}.jpg`);
}

export function imageFolder(home: string, sha256: Sha256): string {
  return join(home, "data", "images", sha256.slice(0, 2), sha256.slice(2, 4));
}
