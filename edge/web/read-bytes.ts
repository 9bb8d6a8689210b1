import type { Context } from "hono";
import type { SiteEnv } from "./site-env.ts";

/** The body; undefined when it is longer than `bytesMax`. Capped while reading: a stated length is only a statement. */
export async function readBytes(c: Context<SiteEnv>, bytesMax: number): Promise<Uint8Array | undefined> {
  if (Number(c.req.header("content-length") ?? 0) > bytesMax) return undefined;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of c.req.raw.body ?? []) {
    size += chunk.length;
    if (size > bytesMax) return undefined;
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}
