import type { Context } from "hono";
import { readBytes } from "./read-bytes.ts";
import type { SiteEnv } from "./site-env.ts";

/** A person's edit is a few hundred bytes. */
const BODY_BYTES_MAX = 16 * 1024;

/**
 * The body as a JSON object; an empty body is an empty one. Undefined when it is not that, or larger than a person's edit can be.
 */
export async function readJson(c: Context<SiteEnv>, bytesMax = BODY_BYTES_MAX): Promise<Record<string, unknown> | undefined> {
  const bytes = await readBytes(c, bytesMax);
  if (bytes === undefined) return undefined;
  const text = Buffer.from(bytes).toString("utf8");
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** A text field, trimmed; empty when it is missing or no text. */
export function textField(body: Readonly<Record<string, unknown>>, name: string, max = 1_000): string {
  const value = body[name];
  return typeof value === "string" ? value.trim().slice(0, max) : "";
}

/** `limit` of a query: 1 to `most`. */
export function limitOf(c: Context<SiteEnv>, usual: number, most: number): number {
  const limit = Number(c.req.query("limit") ?? usual);
  return Number.isInteger(limit) && limit >= 1 ? Math.min(limit, most) : usual;
}

/** A page's cursor: the number of its last row; null at the first page, undefined when it is none of ours. */
export function cursorOf(c: Context<SiteEnv>): number | null | undefined {
  const cursor = c.req.query("cursor");
  if (cursor === undefined || cursor === "") return null;
  return /^\d{1,15}$/.test(cursor) ? Number(cursor) : undefined;
}
