/**
 * The event stream of a camera: heartbeats and messages to whoever listens, in the camera's own order.
 *
 * A stream has no answer, so a camera cannot know what arrived. Like real units it keeps a replay buffer: what was not
 * handed to a socket, and what was handed over within `replayOverlapMs` before the listener went away, is sent again
 * (same UUID) to the next listener. A listener must therefore know repeats by their UUID. The overlap covers what a
 * killed listener had in its socket but not on its disk; a listener that hung for longer before it died has lost it.
 */
import type { ServerResponse } from "node:http";

const STREAM_BACKLOG_MAX = 200;
const LISTENERS_MAX = 4;

export interface StreamItem {
  /** The bytes to write; `again` when it was sent before. */
  bytes(again: boolean): Buffer;
  /** Junk is sent once and never replayed. */
  readonly replay: boolean;
  onSent(): void;
  onDropped(): void;
}

export interface AlertStreamOptions {
  readonly heartbeatMs: number;
  readonly heartbeat: () => Buffer;
  readonly replayOverlapMs: number;
  readonly nowMs: () => number;
}

export interface AlertStream {
  /** Serves an accepted request until it closes; false when the camera has listeners enough. */
  attach(response: ServerResponse, heartbeatMs?: number): boolean;
  deliver(item: StreamItem): void;
  /** Says nothing for a time, messages wait. */
  silence(ms: number): void;
  /** Writes half of the next message, then cuts the connection. */
  breakNext(): void;
  cutListeners(): void;
  listeners(): number;
  close(): void;
}

interface Slot {
  readonly item: StreamItem;
  readonly number: number;
  sentMs: number | null;
}

interface Listener {
  readonly response: ServerResponse;
  next: number;
  writing: boolean;
  heartbeatDue: boolean;
  timer: NodeJS.Timeout;
}

/** Opens a stream with no listener. */
export function openAlertStream(options: AlertStreamOptions): AlertStream {
  let slots: Slot[] = [];
  let made = 0;
  let silentUntilMs = 0;
  let silenceTimer: NodeJS.Timeout | null = null;
  let breaking = false;
  const listeners = new Set<Listener>();

  /** Keeps what is unsent, and what a listener may have had in its socket but not on its disk. */
  const forgetSettled = (): void => {
    const since = options.nowMs() - options.replayOverlapMs;
    slots = slots.filter((slot) => slot.sentMs === null || (slot.item.replay && slot.sentMs >= since));
  };

  const pump = (listener: Listener): void => {
    if (listener.writing || silentUntilMs > options.nowMs()) return;
    const write = (bytes: Buffer, then: () => void): void => {
      listener.writing = true;
      listener.response.write(bytes, (error) => {
        listener.writing = false;
        if (error) return;
        then();
        pump(listener);
      });
    };
    const slot = slots.find((candidate) => candidate.number >= listener.next);
    if (slot !== undefined) {
      const bytes = slot.item.bytes(slot.sentMs !== null);
      if (breaking) {
        breaking = false;
        listener.writing = true;
        listener.response.write(bytes.subarray(0, bytes.length >> 1), () => listener.response.destroy());
        return;
      }
      listener.next = slot.number + 1;
      write(bytes, () => {
        slot.sentMs = options.nowMs();
        slot.item.onSent();
      });
    } else if (listener.heartbeatDue) {
      listener.heartbeatDue = false;
      write(options.heartbeat(), () => undefined);
    }
  };

  const leave = (listener: Listener): void => {
    clearInterval(listener.timer);
    listeners.delete(listener);
    if (listeners.size === 0) forgetSettled();
  };

  return {
    attach(response, heartbeatMs = options.heartbeatMs) {
      if (listeners.size >= LISTENERS_MAX) return false;
      const next = listeners.size === 0 ? 0 : made + 1;
      const listener: Listener = {
        response,
        next,
        writing: false,
        heartbeatDue: true,
        timer: setInterval(() => {
          listener.heartbeatDue = true;
          pump(listener);
        }, heartbeatMs),
      };
      listeners.add(listener);
      response.on("close", () => leave(listener));
      response.on("error", () => leave(listener));
      pump(listener);
      return true;
    },
    deliver(item) {
      made++;
      forgetSettled();
      slots.push({ item, number: made, sentMs: null });
      if (slots.length > STREAM_BACKLOG_MAX) {
        const oldest = slots.shift();
        if (oldest?.sentMs === null) oldest.item.onDropped();
      }
      for (const listener of listeners) pump(listener);
    },
    silence(ms) {
      silentUntilMs = options.nowMs() + ms;
      if (silenceTimer !== null) clearTimeout(silenceTimer);
      silenceTimer = setTimeout(() => {
        silentUntilMs = 0;
        for (const listener of listeners) pump(listener);
      }, ms);
    },
    breakNext() {
      breaking = true;
    },
    cutListeners() {
      for (const listener of listeners) listener.response.destroy();
    },
    listeners: () => listeners.size,
    close() {
      if (silenceTimer !== null) clearTimeout(silenceTimer);
      for (const listener of listeners) {
        clearInterval(listener.timer);
        listener.response.destroy();
      }
    },
  };
}
