import WebSocket from "ws";
import { FRAME_BYTES_MAX } from "../../shared/protocol/limits.ts";

/** One way to central that is open: frames in, frames out, and its end. */
export interface Link {
  readonly send: (frame: Uint8Array) => void;
  readonly close: () => void;
}

export interface LinkEvents {
  readonly onFrame: (bytes: Uint8Array) => void;
  /** `status`: of the HTTP answer that ended it, when it was one. */
  readonly onEnd: (why: string, status: number | null) => void;
}

export type Dial =
  | { readonly kind: "open"; readonly link: Link }
  /** Central answered, but not with a WebSocket: a key that is not accepted (401, 403), or a proxy in between. */
  | { readonly kind: "refused"; readonly status: number }
  | { readonly kind: "unreachable"; readonly why: string };

const HANDSHAKE_TIMEOUT_MS = 15_000;

/** Opens the WebSocket `/sync/v1`. Never throws; after `open`, `onEnd` is called exactly once. */
export function dialSocket(centralUrl: string, apiKey: string, events: LinkEvents, signal: AbortSignal): Promise<Dial> {
  const socket = makeSocket(`${centralUrl.replace(/^http/, "ws")}/sync/v1`, apiKey);
  if (typeof socket === "string") return Promise.resolve({ kind: "unreachable", why: socket });
  return new Promise((resolve) => {
    let opened = false;
    const abort = () => socket.terminate();
    const settle = (dial: Dial) => {
      if (dial.kind !== "open") signal.removeEventListener("abort", abort);
      resolve(dial);
    };
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    socket.on("open", () => {
      opened = true;
      settle({
        kind: "open",
        link: {
          send: (frame) => socket.send(frame),
          close: () => {
            signal.removeEventListener("abort", abort);
            if (socket.readyState === WebSocket.OPEN) closeSoon(socket);
            else socket.terminate();
          },
        },
      });
    });
    socket.on("unexpected-response", (_request, response) => {
      response.resume();
      settle({ kind: "refused", status: response.statusCode ?? 0 });
      socket.terminate();
    });
    socket.on("message", (data, isBinary) => {
      if (isBinary) events.onFrame(asBytes(data));
    });
    socket.on("error", (error) => settle({ kind: "unreachable", why: error.message }));
    socket.on("close", (code) => {
      signal.removeEventListener("abort", abort);
      if (opened) events.onEnd(`closed (${code})`, null);
      else settle({ kind: "unreachable", why: `closed (${code})` });
    });
  });
}

/** An address that is none is said in words, as any other way that does not lead to central. */
function makeSocket(url: string, apiKey: string): WebSocket | string {
  try {
    return new WebSocket(url, {
      headers: { authorization: `Bearer ${apiKey}` },
      perMessageDeflate: false,
      maxPayload: FRAME_BYTES_MAX,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A peer that does not answer the close must not hold the next attempt. */
function closeSoon(socket: WebSocket): void {
  socket.close();
  setTimeout(() => socket.terminate(), 1_000).unref();
}

function asBytes(data: WebSocket.RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
