import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { LedgerRow } from "./ledger.ts";

interface Ready {
  readonly ready: boolean;
  readonly cameras: readonly {
    name: string;
    site: string;
    mode: string;
    url: string;
    username: string;
    password: string;
    channel: number;
  }[];
  readonly control: string;
}

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
let child: ChildProcessWithoutNullStreams;
let ready: Ready;
let exited: Promise<number | null>;

test.before(async () => {
  child = spawn(process.execPath, ["--import", "tsx", MAIN, "-"]);
  exited = new Promise((resolve) => child.on("exit", resolve));
  child.stdin.write(`${JSON.stringify({ seed: "process", perMinute: 0, light: "day" })}\n`);
  ready = await new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes("\n")) resolve(JSON.parse(text) as Ready);
    });
    child.on("exit", (code) => reject(new Error(`the town ended with ${code}`)));
  });
});

test.after(async () => {
  child.kill("SIGKILL");
  await exited;
});

async function post(path: string, body: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${ready.control}${path}`, { method: "POST", body: JSON.stringify(body) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test("it says in one line which cameras it has, in three modes, and where its control is", () => {
  assert.ok(ready.ready);
  assert.is(ready.cameras.length, 6);
  assert.equal([...new Set(ready.cameras.map((camera) => camera.mode))].sort(), ["poll", "push", "stream"]);
  for (const camera of ready.cameras) assert.match(camera.url, /^http:\/\/127\.0\.0\.1:\d+$/);
});

test("a camera sees a plate on demand and the ledger has it", async () => {
  const watch = await post("/watch", { plate: "ABC1234", reason: "seen at two break-ins" });
  assert.is(watch.status, 200);
  const { status, body } = await post("/see", { camera: "North gate", plate: "ABC1234", said: "A8C1234", color: "black" });
  assert.is(status, 200);
  assert.equal(body.watch, { plate: "ABC1234", kind: "confusable" });
  const ledger = (await (await fetch(`${ready.control}/ledger?camera=North%20gate`)).json()) as { rows: LedgerRow[] };
  assert.equal(ledger.rows as unknown, [body]);
  assert.is(ledger.rows[0]!.vehicleColor, "black");
});

test("a sabotaged camera says one thing to the ledger and another to the wire", async () => {
  assert.is((await post("/fault", { camera: "Oak ramp", kind: "lose" })).status, 200);
  const lost = (await post("/see", { camera: "Oak ramp", plate: "LOST123" })).body;
  assert.equal([lost.fault, lost.detection], ["lose", true]);
  const next = (await post("/see", { camera: "Oak ramp", plate: "NEXT123" })).body;
  assert.is(next.fault, null);
});

test("nonsense is refused with a sentence", async () => {
  assert.equal(await post("/see", { camera: "Elm", plate: "A" }), { status: 404, body: { error: "there is no camera Elm" } });
  assert.is((await post("/see", { camera: "North gate", plate: "a-1" })).status, 422);
  assert.is((await post("/fault", { camera: "North gate", kind: "x" })).status, 422);
  assert.is((await post("/push-target", { camera: "Lot entrance", url: "x" })).status, 422);
  assert.is((await fetch(`${ready.control}/nothing`)).status, 404);
});

test("it ends when the program that started it is gone", async () => {
  child.stdin.end();
  assert.is(await exited, 0);
});

test.run();
