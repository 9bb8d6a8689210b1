import type { Refusal } from "./refusal.ts";

/** Reads a body up to a bound, counting while it reads: a chunked body has no length to trust. (hono's bodyLimit costs 7 times the throughput.) */
export async function readBytes(request: Request, bytesMax: number): Promise<Uint8Array | Refusal> {
  const tooLarge: Refusal = { kind: "too_large", message: `The body is larger than ${bytesMax} bytes.` };
  if (Number(request.headers.get("content-length") ?? 0) > bytesMax) return tooLarge;
  if (request.body === null) return new Uint8Array();
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request.body) {
    length += part.byteLength;
    if (length > bytesMax) return tooLarge;
    parts.push(part);
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

/** A JSON body, or undefined when there is none. */
export async function readJson(request: Request, bytesMax: number): Promise<{ readonly value: unknown } | Refusal> {
  const bytes = await readBytes(request, bytesMax);
  if (!(bytes instanceof Uint8Array)) return bytes;
  if (bytes.byteLength === 0) return { value: undefined };
  try {
    return { value: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) };
  } catch {
    return { kind: "bad_request", message: "The body is not JSON." };
  }
}
