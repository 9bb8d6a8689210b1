import * as http from "node:http";
import * as https from "node:https";
import { Client } from "minio";
import type { GetOutcome, HeadOutcome, ImageKey, ImageStore, PutOutcome, RemoveOutcome, Unavailable } from "./image-store.ts";
import { IMAGE_BYTES_MAX, isImageOfKey } from "./image-store.ts";
import { reasonOf } from "./reason-of.ts";

/** A store that has not sent a byte for this long is treated as unreachable; the caller tries again by its own backoff. */
export const S3_SILENCE_MAX_MS = 30_000;

export interface S3Settings {
  /** `http://host:port` or `https://host`. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
}

/**
 * Pictures in a bucket of any server that speaks S3. One request a put (pictures are far below the size of a multipart upload); size and
 * region are stated, so that no request is spent on asking for them. Opens no connection until it is used; `silenceMaxMs` for tests.
 */
export function s3Store(settings: S3Settings, silenceMaxMs: number = S3_SILENCE_MAX_MS): ImageStore {
  const client = openClient(settings, silenceMaxMs);
  const { bucket } = settings;
  return {
    description: `S3 bucket ${bucket} at ${new URL(settings.endpoint).host}`,
    prepare: () => prepare(client, settings),
    put: (key, bytes) => put(client, bucket, key, bytes),
    get: (key) => get(client, bucket, key),
    head: (key) => head(client, bucket, key),
    remove: (key) => remove(client, bucket, key),
  };
}

function openClient(settings: S3Settings, silenceMaxMs: number): Client {
  const url = new URL(settings.endpoint);
  const useSSL = url.protocol === "https:";
  const protocol = useSSL ? https : http;
  const request = (options: https.RequestOptions | string | URL, answered?: (response: http.IncomingMessage) => void) => {
    const sent = protocol.request(options as https.RequestOptions, answered);
    sent.setTimeout(silenceMaxMs, () => sent.destroy(new Error(`silent for ${silenceMaxMs} ms`)));
    return sent;
  };
  return new Client({
    endPoint: url.hostname,
    port: url.port === "" ? (useSSL ? 443 : 80) : Number(url.port),
    useSSL,
    accessKey: settings.accessKey,
    secretKey: settings.secretKey,
    region: settings.region,
    pathStyle: true,
    // Its own retries write to the console and know nothing of our backoff.
    retryOptions: { disableRetry: true },
    transport: { request } as unknown as Pick<typeof http, "request">,
  });
}

async function prepare(client: Client, settings: S3Settings): Promise<{ readonly kind: "ready" } | Unavailable> {
  try {
    if (!(await client.bucketExists(settings.bucket))) await client.makeBucket(settings.bucket, settings.region);
    return { kind: "ready" };
  } catch (error) {
    // Another central made it between the question and the order.
    return codeOf(error) === "BucketAlreadyOwnedByYou" ? { kind: "ready" } : unavailable(error);
  }
}

async function put(client: Client, bucket: string, key: ImageKey, bytes: Uint8Array): Promise<PutOutcome> {
  if (bytes.length > IMAGE_BYTES_MAX) return { kind: "too-long", maxBytes: IMAGE_BYTES_MAX };
  if (!isImageOfKey(key, bytes)) return { kind: "mismatch" };
  try {
    const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    await client.putObject(bucket, key, body, bytes.length, { "Content-Type": "image/jpeg" });
    return { kind: "stored", sizeBytes: bytes.length };
  } catch (error) {
    return unavailable(error);
  }
}

async function get(client: Client, bucket: string, key: ImageKey): Promise<GetOutcome> {
  try {
    const stream = await client.getObject(bucket, key);
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    for await (const chunk of stream) {
      sizeBytes += (chunk as Buffer).length;
      if (sizeBytes > IMAGE_BYTES_MAX) return { kind: "tampered", sizeBytes };
      chunks.push(chunk as Buffer);
    }
    const bytes = Buffer.concat(chunks);
    return isImageOfKey(key, bytes) ? { kind: "found", bytes } : { kind: "tampered", sizeBytes };
  } catch (error) {
    return isMissing(error) ? { kind: "missing" } : unavailable(error);
  }
}

async function head(client: Client, bucket: string, key: ImageKey): Promise<HeadOutcome> {
  try {
    return { kind: "found", sizeBytes: (await client.statObject(bucket, key)).size };
  } catch (error) {
    return isMissing(error) ? { kind: "missing" } : unavailable(error);
  }
}

async function remove(client: Client, bucket: string, key: ImageKey): Promise<RemoveOutcome> {
  try {
    await client.removeObject(bucket, key);
    return { kind: "removed" };
  } catch (error) {
    return isMissing(error) ? { kind: "removed" } : unavailable(error);
  }
}

/** A missing bucket is not a missing picture: it means that the settings are wrong, and must be said. */
function isMissing(error: unknown): boolean {
  return ["NoSuchKey", "NotFound"].includes(codeOf(error));
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "";
}

function unavailable(error: unknown): Unavailable {
  return { kind: "unavailable", reason: reasonOf(error) };
}
