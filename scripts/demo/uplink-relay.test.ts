import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openUplinkRelay, type UplinkRelay } from "./uplink-relay.ts";

interface Caller {
  readonly socket: Socket;
  received(): string;
  /** "open", "reset" (RST or refused) or "ended". */
  state(): "open" | "reset" | "ended";
}

let target: Server;
let targetPort: number;
const atTarget = new Set<Socket>();
let relay: UplinkRelay;
const callers: Caller[] = [];

test.before.each(async () => {
  // Central for these tests: it answers every byte in upper case.
  target = createServer((socket) => {
    atTarget.add(socket);
    socket.on("data", (chunk) => socket.write(chunk.toString().toUpperCase()));
    socket.on("error", () => undefined);
    socket.on("close", () => atTarget.delete(socket));
  });
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
  targetPort = (target.address() as { port: number }).port;
  relay = await openUplinkRelay({ target: { host: "127.0.0.1", port: targetPort } });
});

test.after.each(async () => {
  for (const { socket } of callers.splice(0)) socket.destroy();
  await relay.close();
  for (const socket of atTarget) socket.destroy();
  await new Promise((resolve) => target.close(resolve));
});

function call(): Caller {
  const socket = connect({ host: "127.0.0.1", port: relay.port });
  let text = "";
  let state: "open" | "reset" | "ended" = "open";
  socket.on("data", (chunk) => {
    text += chunk.toString();
  });
  socket.on("error", () => {
    state = "reset";
  });
  socket.on("end", () => {
    if (state === "open") state = "ended";
  });
  const caller = { socket, received: () => text, state: () => state };
  callers.push(caller);
  return caller;
}

async function eventually(what: () => boolean, message: string, ms = 3_000): Promise<void> {
  const endMs = Date.now() + ms;
  while (!what()) {
    if (Date.now() > endMs) throw new Error(message);
    await sleep(5);
  }
}

test("up forwards both ways and counts the bytes of each connection", async () => {
  const [a, b] = [call(), call()];
  a.socket.write("abc");
  b.socket.write("defgh");
  await eventually(() => a.received() === "ABC" && b.received() === "DEFGH", "no answer");
  const counts = relay.counts();
  assert.equal([counts.bytesUp, counts.bytesDown, counts.open], [8, 8, 2]);
  assert.equal(counts.connections.map(({ bytesUp, bytesDown }) => [bytesUp, bytesDown]).sort(), [
    [3, 3],
    [5, 5],
  ]);
});

test("a megabyte arrives whole through up", async () => {
  const a = call();
  a.socket.write("x".repeat(1_000_000));
  await eventually(() => a.received().length === 1_000_000, "bytes are missing", 8_000);
});

test("refuse resets what is open and turns new callers away; the same port serves again after it", async () => {
  const before = call();
  before.socket.write("a");
  await eventually(() => before.received() === "A", "no answer");
  const { port } = relay;
  await relay.setMode({ kind: "refuse" });
  await eventually(() => before.state() === "reset", "the open connection lives on");
  await eventually(() => atTarget.size === 0, "central still holds the connection");
  const during = call();
  await eventually(() => during.state() === "reset", "a new caller was let in");
  await relay.setMode({ kind: "up" });
  assert.is(relay.port, port);
  const after = call();
  after.socket.write("b");
  await eventually(() => after.received() === "B", "no answer after the return");
});

test("a blackhole accepts, keeps everything open, passes nothing, and lets it through when it ends", async () => {
  const old = call();
  old.socket.write("a");
  await eventually(() => old.received() === "A", "no answer");
  await relay.setMode({ kind: "blackhole" });
  const fresh = call();
  old.socket.write("b");
  fresh.socket.write("c");
  await sleep(150);
  assert.equal([old.received(), fresh.received(), old.state(), fresh.state()], ["A", "", "open", "open"]);
  assert.is(relay.counts().bytesUp, 1);
  assert.is(atTarget.size, 1, "central does not see the new caller");
  await relay.setMode({ kind: "up" });
  await eventually(() => old.received() === "AB" && fresh.received() === "C", "held bytes are lost");
});

test("all connections share the slow line's rate, and none is left out", async () => {
  await relay.setMode({ kind: "slow", bytesPerSecond: 20_000, latencyMs: 0 });
  const [one, other] = [call(), call()];
  const fromMs = Date.now();
  for (const caller of [one, other]) caller.socket.write("x".repeat(10_000));
  await eventually(() => one.received().length > 2_000 && other.received().length > 2_000, "both move");
  await eventually(() => one.received().length === 10_000 && other.received().length === 10_000, "both arrive", 5_000);
  const seconds = (Date.now() - fromMs) / 1_000;
  // 20,000 bytes up, less the fifth of a second that may be saved up.
  assert.ok(seconds > 0.75, `${seconds} s for a second's worth of bytes`);
});

test("slow keeps to its rate and its latency, in order", async () => {
  await relay.setMode({ kind: "slow", bytesPerSecond: 20_000, latencyMs: 80 });
  const a = call();
  const startMs = performance.now();
  a.socket.write("q");
  await eventually(() => a.received() === "Q", "no answer");
  const trip = performance.now() - startMs;
  assert.ok(trip >= 150, `there and back in ${trip} ms`);
  const text = Array.from({ length: 2_000 }, (_, i) => `l${String(i).padStart(4, "0")}`).join("");
  const fromMs = performance.now();
  a.socket.write(text);
  await eventually(() => a.received().length === text.length + 1, "bytes are missing", 6_000);
  const seconds = (performance.now() - fromMs) / 1000;
  assert.is(a.received(), `Q${text.toUpperCase()}`);
  assert.ok(seconds > 0.3 && seconds < 3, `10,000 bytes at 20,000 a second took ${seconds} s`);
});

test("an end on one side is passed on after the last byte", async () => {
  for (const mode of [{ kind: "up" }, { kind: "slow", bytesPerSecond: 50_000, latencyMs: 20 }] as const) {
    await relay.setMode(mode);
    const a = call();
    a.socket.end("bye");
    await eventually(() => a.received() === "BYE" && a.state() === "ended", `no end through ${mode.kind}`);
  }
});

test("a target that is not there resets the caller", async () => {
  for (const socket of atTarget) socket.destroy();
  await new Promise((resolve) => target.close(resolve));
  const a = call();
  await eventually(() => a.state() === "reset", "the caller hangs");
  target = createServer();
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
});

test.run();
