/**
 * One POST to another machine on the local network. Its certificate is not asked for: a Pi has none that anybody vouches for, and who
 * it is, is proved by device keys above this; what goes over it is sealed for central.
 */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";

export type LanAnswer = { readonly kind: "ok"; readonly bytes: Uint8Array } | { readonly kind: "failed"; readonly why: string };

export type LanPost = (
  url: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>>,
  /** A longer answer is cut off and refused. */
  answerBytesMax: number,
  signal: AbortSignal,
) => Promise<LanAnswer>;

const TIMEOUT_MS = 30_000;
const WORDS_MAX = 300;

export const lanPost: LanPost = (url, body, headers, answerBytesMax, signal) =>
  new Promise((resolve) => {
    const failed = (error: Error): void => resolve({ kind: "failed", why: (error as NodeJS.ErrnoException).code ?? error.message });
    const options = {
      method: "POST",
      headers: { ...headers, "content-type": "application/octet-stream", "content-length": body.length },
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      agent: false,
      rejectUnauthorized: false,
    } as const;
    const sent = (url.startsWith("https:") ? httpsRequest : httpRequest)(url, options, (response) => {
      readAtMost(response, answerBytesMax).then(
        (bytes) =>
          resolve(
            response.statusCode === 200 ? { kind: "ok", bytes } : { kind: "failed", why: refusalOf(response.statusCode ?? 0, bytes) },
          ),
        failed,
      );
    });
    sent.once("error", failed);
    sent.end(body);
  });

async function readAtMost(response: IncomingMessage, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > bytesMax) throw new Error("the answer is too long");
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** The neighbour's own sentence, for the log; anything else by its status. */
function refusalOf(status: number, bytes: Uint8Array): string {
  try {
    const message = (JSON.parse(Buffer.from(bytes).toString("utf8")) as { error?: { message?: unknown } }).error?.message;
    if (typeof message === "string") return message.replace(/\p{Cc}/gu, " ").slice(0, WORDS_MAX);
  } catch {
    // Not a page of ours.
  }
  return `it answered ${status}`;
}
