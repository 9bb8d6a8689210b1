import { join } from "node:path";
import type { Sha256 } from "../../shared/model/ids.ts";

/** Hex digits of the folder's name. */
export const IMAGE_FOLDER_DIGITS = 2;

/** Where a picture lies: by its content, in one of 256 folders, so that none grows beyond what a file system likes (a week of a busy Pi: 16,000). */
export function imageFile(home: string, sha256: Sha256): string {
  return join(imageFolder(home, sha256), `${sha256}.jpg`);
}

export function imageFolder(home: string, sha256: Sha256): string {
  return join(home, "data", "images", sha256.slice(0, IMAGE_FOLDER_DIGITS));
}
