/** Where this page's program serves pictures by their SHA-256. */
let base = "/api/v1/images/";

/** Set once at the start of a page. */
export function setImageBase(path: string): void {
  base = path;
}

/** Address of the bytes with this digest. */
export function imageAddress(sha256: string): string {
  return base + sha256;
}
