import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The release of this program, from the package's file beside the source or the built program. */
export function programVersion(): string {
  for (const relative of ["../package.json", "./package.json"]) {
    const file = fileURLToPath(new URL(relative, import.meta.url));
    if (existsSync(file)) return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
  }
  return "unknown";
}
