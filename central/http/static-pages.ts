import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { extname, join, normalize, sep } from "node:path";
import { Readable } from "node:stream";
import type { HttpContext } from "./http-context.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".map": "application/json; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
};

/**
 * The built pages of a folder. A file under assets/ carries its hash in its name and may be kept for ever; any address that is no file
 * and no API gets the one page, which reads the address itself. Null: nothing here.
 */
export function staticPages(folder: string): (c: HttpContext) => Promise<Response | null> {
  return async (c) => {
    const path = safePath(c.req.path);
    if (!["GET", "HEAD"].includes(c.req.method) || path === null || /^\/(api|sync|metrics|healthz|readyz)(\/|$)/.test(path)) return null;
    const asset = await fileResponse(c, join(folder, path), path.startsWith("/assets/"));
    if (asset !== null || extname(path) !== "") return asset;
    return fileResponse(c, join(folder, "index.html"), false);
  };
}

async function fileResponse(c: HttpContext, file: string, forEver: boolean): Promise<Response | null> {
  const type = TYPES[extname(file)];
  const found = type === undefined ? null : await stat(file).catch(() => null);
  if (type === undefined || found === null || !found.isFile()) return null;
  const tag = `"${found.size.toString(36)}-${Math.trunc(found.mtimeMs).toString(36)}"`;
  c.header("Cache-Control", forEver ? "public, max-age=31536000, immutable" : "no-cache");
  c.header("ETag", tag);
  if (c.req.header("if-none-match") === tag) return c.body(null, 304);
  c.header("Content-Type", type);
  c.header("Content-Length", String(found.size));
  if (c.req.method === "HEAD") return c.body(null, 200);
  return c.body(Readable.toWeb(createReadStream(file)) as ReadableStream, 200);
}

/** A decoded path that stays below the folder, or null. */
function safePath(raw: string): string | null {
  try {
    const path = normalize(decodeURIComponent(raw)).replaceAll(sep, "/");
    return path.startsWith("/") && !path.includes("\0") && !path.split("/").some((part) => part.startsWith(".")) ? path : null;
  } catch {
    return null;
  }
}
