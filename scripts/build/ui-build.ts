/** Builds both web pages into dist/ui with Vite, only when a source is newer than what is there. */
import { readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { PAGES, pageBuild } from "../../ui/vite.config.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SOURCES = ["ui", "shared", "package-lock.json"];
const NOT_SOURCES = /(^|\/)(screenshots|fixtures|golden)(\/|$)|\.test\.ts$|\.md$/;

/** Newest change below a path, ms since 1970; 0 when there is nothing. */
async function newestMs(path: string): Promise<number> {
  if (NOT_SOURCES.test(path)) return 0;
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined) return 0;
  if (!facts.isDirectory()) return facts.mtimeMs;
  const inside = await Promise.all((await readdir(path)).map((name) => newestMs(join(path, name))));
  return Math.max(0, ...inside);
}

/**
 * Builds `dist/ui/central` and `dist/ui/edge`. Each page is built beside its place and then moved there, so a program that serves the
 * folder meanwhile never sees half a page. Throws when a source does not compile.
 */
export async function buildPages(): Promise<void> {
  const sourceMs = Math.max(...(await Promise.all(SOURCES.map((path) => newestMs(join(ROOT, path))))));
  for (const page of PAGES) {
    const place = join(ROOT, "dist", "ui", page);
    const built = await stat(join(place, "index.html")).catch(() => undefined);
    if (built !== undefined && built.mtimeMs > sourceMs) continue;
    const fresh = `${place}.${process.pid}.tmp`;
    await build(pageBuild(page, fresh));
    await rm(place, { recursive: true, force: true });
    await rename(fresh, place);
  }
}
