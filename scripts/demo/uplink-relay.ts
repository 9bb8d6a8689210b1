/**
 * A TCP relay between an edge and central, outside both programs: the uplink of the demo and of the tests.
 *
 * | mode | new connections | existing connections |
 * |---|---|---|
 * | up | forwarded | forwarded |
 * | refuse | the port is closed, so the system answers RST | reset at once |
 * | blackhole | accepted, nothing passes either way | stay open, nothing passes either way |
 * | slow | forwarded late and at a limited rate | the same from now on |
 *
 * The rate is the line's, in each direction: all connections share it, so that pictures and records are in each other's way.
 *
 * Bytes that a blackhole holds are delivered when the mode changes to up or slow, as a network that comes back would.
 */
import { connect, createServer, type Server, type Socket } from "node:net";

export type RelayMode =
  | { readonly kind: "up" }
  | { readonly kind: "refuse" }
  | { readonly kind: "blackhole" }
  | { readonly kind: "slow"; readonly bytesPerSecond: number; readonly latencyMs: number };

export interface RelayConnection {
  readonly number: number;
  readonly openedMs: number;
  closedMs: number | null;
  /** From the side that connects (the edge) to the target (central), and back. */
  bytesUp: number;
  bytesDown: number;
}

export interface RelayCounts {
  readonly bytesUp: number;
  readonly bytesDown: number;
  readonly connections: readonly RelayConnection[];
  readonly open: number;
}

export interface UplinkRelay {
  readonly port: number;
  readonly url: string;
  mode(): RelayMode;
  setMode(mode: RelayMode): Promise<void>;
  counts(): RelayCounts;
  close(): Promise<void>;
}

export interface UplinkRelayOptions {
  readonly target: { readonly host: string; readonly port: number };
  readonly nowMs?: () => number;
}

/** Records of closed connections kept; the totals go on counting. */
const CONNECTIONS_KEPT_MAX = 10_000;
const SLOW_TICK_MS = 20;

interface Pair {
  readonly near: Socket;
  far: Socket | null;
  readonly record: RelayConnection;
  readonly lanes: Lane[];
}

/** One direction of one connection. */
interface Lane {
  readonly from: Socket;
  readonly to: Socket;
  readonly pump: () => void;
}

/** Opens a relay on 127.0.0.1 and a port that stays the same through every mode. */
export async function openUplinkRelay(options: UplinkRelayOptions): Promise<UplinkRelay> {
  const nowMs = options.nowMs ?? (() => performance.now());
  let mode: RelayMode = { kind: "up" };
  let port = 0;
  let server: Server | null = null;
  let closed = false;
  let bytesUp = 0;
  let bytesDown = 0;
  let numbered = 0;
  const records: RelayConnection[] = [];
  const pairs = new Set<Pair>();
  const wayUp = newWay(nowMs());
  const wayDown = newWay(nowMs());

  const end = (pair: Pair, how: "reset" | "close"): void => {
    if (!pairs.delete(pair)) return;
    pair.record.closedMs = nowMs();
    for (const socket of [pair.near, pair.far]) {
      if (socket === null || socket.destroyed) continue;
      if (how === "reset") socket.resetAndDestroy();
      else socket.destroy();
    }
  };

  /** A side that said goodbye in order may have left bytes that are still on their way to the other. */
  const partedFrom = (pair: Pair, gone: Socket, other: Socket | null): void => {
    if (gone.readableEnded && gone.writableFinished && other !== null && !other.destroyed) return;
    end(pair, "close");
  };

  const dial = (pair: Pair): void => {
    if (pair.far !== null) return;
    const far = connect({ host: options.target.host, port: options.target.port, noDelay: true, allowHalfOpen: true });
    pair.far = far;
    // Also when nobody listens behind the relay: then the near side is reset, like a host that is up with its port closed.
    far.on("error", () => end(pair, "reset"));
    far.on("close", () => partedFrom(pair, far, pair.near));
    pair.lanes.push(
      openLane(
        { from: pair.near, to: far, way: wayUp },
        () => mode,
        nowMs,
        (n) => {
          bytesUp += n;
          pair.record.bytesUp += n;
        },
      ),
      openLane(
        { from: far, to: pair.near, way: wayDown },
        () => mode,
        nowMs,
        (n) => {
          bytesDown += n;
          pair.record.bytesDown += n;
        },
      ),
    );
  };

  const accept = (near: Socket): void => {
    near.setNoDelay(true);
    const record: RelayConnection = { number: ++numbered, openedMs: nowMs(), closedMs: null, bytesUp: 0, bytesDown: 0 };
    records.push(record);
    if (records.length > CONNECTIONS_KEPT_MAX) records.shift();
    const pair: Pair = { near, far: null, record, lanes: [] };
    pairs.add(pair);
    near.on("error", () => end(pair, "reset"));
    near.on("close", () => partedFrom(pair, near, pair.far));
    near.pause();
    if (mode.kind !== "blackhole") dial(pair);
  };

  const listen = async (): Promise<void> => {
    const fresh = createServer({ allowHalfOpen: true, pauseOnConnect: true }, accept);
    await new Promise<void>((resolve, reject) => {
      fresh.once("error", reject);
      fresh.listen(port, "127.0.0.1", resolve);
    });
    port = (fresh.address() as { port: number }).port;
    server = fresh;
  };

  const stopListening = async (): Promise<void> => {
    const old = server;
    server = null;
    for (const pair of [...pairs]) end(pair, "reset");
    if (old !== null) await new Promise((resolve) => old.close(resolve));
  };

  await listen();
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    mode: () => mode,
    async setMode(next) {
      if (closed) throw new Error("the relay is closed");
      mode = next;
      if (next.kind === "refuse") {
        await stopListening();
        return;
      }
      if (server === null) await listen();
      if (next.kind === "blackhole") return;
      for (const pair of pairs) {
        dial(pair);
        for (const lane of pair.lanes) lane.pump();
      }
    },
    counts: () => ({ bytesUp, bytesDown, connections: records, open: pairs.size }),
    async close() {
      closed = true;
      await stopListening();
    },
  };
}

/** One direction of the slow line. */
interface Way {
  credit: number;
  creditMs: number;
  /** Sockets with something to send: each gets its share. */
  readonly hungry: Set<Socket>;
}

const newWay = (nowMs: number): Way => ({ credit: 0, creditMs: nowMs, hungry: new Set() });

/** How many bytes this socket may send now; a fifth of a second is the most that a silent line saves up. */
function shareOf(way: Way, from: Socket, bytesPerSecond: number, atMs: number): number {
  way.credit = Math.min(bytesPerSecond / 5, way.credit + ((atMs - way.creditMs) / 1000) * bytesPerSecond);
  way.creditMs = atMs;
  if (from.readableLength > 0) way.hungry.add(from);
  else way.hungry.delete(from);
  return Math.min(Math.floor(way.credit / Math.max(1, way.hungry.size)), from.readableLength);
}

interface Direction {
  readonly from: Socket;
  readonly to: Socket;
  readonly way: Way;
}

/** Moves bytes from one socket to the other as the mode of the moment allows; reading stops where writing cannot go on. */
function openLane({ from, to, way }: Direction, mode: () => RelayMode, nowMs: () => number, count: (bytes: number) => void): Lane {
  let timer: NodeJS.Timeout | null = null;
  let ended = false;
  const late: { dueMs: number; bytes: Buffer }[] = [];

  const later = (): void => {
    timer ??= setTimeout(() => {
      timer = null;
      pump();
    }, SLOW_TICK_MS);
  };
  const finish = (): void => {
    if (ended && late.length === 0 && from.readableLength === 0 && !to.destroyed) to.end();
  };
  const write = (bytes: Buffer): boolean => {
    count(bytes.length);
    return to.write(bytes);
  };
  const pump = (): void => {
    const now = mode();
    if (now.kind === "blackhole" || now.kind === "refuse" || to.destroyed || to.connecting || to.writableNeedDrain) return;
    if (now.kind === "up") {
      for (const { bytes } of late.splice(0)) write(bytes);
      for (let bytes = from.read() as Buffer | null; bytes !== null; bytes = from.read() as Buffer | null) {
        if (!write(bytes)) break;
      }
      finish();
      return;
    }
    const atMs = nowMs();
    const take = shareOf(way, from, now.bytesPerSecond, atMs);
    const bytes = take > 0 ? (from.read(take) as Buffer | null) : null;
    if (bytes !== null) {
      way.credit -= bytes.length;
      late.push({ dueMs: atMs + now.latencyMs, bytes });
    } else {
      // An empty read asks the socket for more.
      from.read(0);
    }
    while (late[0] !== undefined && late[0].dueMs <= atMs) write(late.shift()!.bytes);
    finish();
    if (late.length > 0 || from.readableLength > 0 || (ended && !to.writableEnded)) later();
  };
  from.on("readable", pump);
  from.on("end", () => {
    ended = true;
    pump();
  });
  to.on("drain", pump);
  to.on("connect", pump);
  const clear = (): void => {
    way.hungry.delete(from);
    if (timer !== null) clearTimeout(timer);
  };
  to.on("close", clear);
  return { from, to, pump };
}
