import { createSocket } from "node:dgram";
import { setTimeout as delay } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { findNeighbours, type NeighbourFinder } from "./find-neighbours.ts";

/** Real multicast, over loopback alone. */
const LOOPBACK = ["127.0.0.1"];

function finder(
  id: string,
  port: number,
  more: { isTls?: boolean; networks?: () => readonly string[]; said?: string[]; monoMs?: () => number } = {},
): NeighbourFinder {
  return findNeighbours({
    id,
    port,
    isTls: more.isTls ?? false,
    networks: more.networks ?? (() => LOOPBACK),
    monoMs: more.monoMs ?? (() => performance.now()),
    log: { info: (_facts, words) => more.said?.push(words) },
  });
}

async function until(isSo: () => boolean): Promise<boolean> {
  for (let n = 0; n < 100 && !isSo(); n++) await delay(50);
  return isSo();
}

/** Can this machine do multicast on loopback at all? Then everything here must work; else the one line must be said. */
async function hasMulticast(): Promise<boolean> {
  const socket = createSocket({ type: "udp4", reuseAddr: true });
  try {
    await new Promise<void>((resolve, reject) => socket.once("error", reject).bind(0, "0.0.0.0", resolve));
    socket.addMembership("224.0.0.251", "127.0.0.1");
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
  }
}
const isPossible = await hasMulticast();

if (isPossible) {
  test("two sites find each other, whoever begins, with the port and the form of the other's page", async () => {
    const a = finder("site-a", 8081);
    await delay(200);
    const b = finder("site-b", 8082, { isTls: true });
    assert.ok(await until(() => a.addresses().includes("https://127.0.0.1:8082") && b.addresses().includes("http://127.0.0.1:8081")));
    assert.not.ok(a.addresses().includes("http://127.0.0.1:8081"), "not itself");
    await a.stop();
    await b.stop();
  });

  test("what was not heard of for five minutes is gone", async () => {
    let aheadMs = 0;
    const a = finder("site-a", 8081, { monoMs: () => performance.now() + aheadMs });
    const b = finder("site-b", 8082);
    assert.ok(await until(() => a.addresses().length === 1));
    await b.stop();
    aheadMs = 5 * 60_000 + 1;
    assert.equal(a.addresses(), []);
    await a.stop();
  });

  test("rubbish and a flood of names on the network end nothing and are held to a bound", async () => {
    const a = finder("site-a", 8081);
    const loud = Array.from({ length: 40 }, (_, n) => finder(`loud-${n}`, 9_000 + n));
    const socket = createSocket("udp4");
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(40, 0xff), Buffer.from("000084000000000100000000", "hex")])
      socket.send(bytes, 5353, "127.0.0.1");
    assert.ok(await until(() => a.addresses().length === 32), `${a.addresses().length}`);
    await delay(200);
    assert.is(a.addresses().length, 32);
    socket.close();
    for (const one of [...loud, a]) await one.stop();
  });
}

test("where multicast is not possible there is one line, and nothing else goes wrong", async () => {
  const said: string[] = [];
  const a = finder("site-a", 8081, { networks: () => ["192.0.2.99"], said });
  await delay(700);
  assert.equal(a.addresses(), []);
  assert.is(said.length, 1, said.join("\n"));
  assert.match(said[0]!, /cannot be looked for by multicast .* neighbours\.addresses/);
  await a.stop();
});

test.run();
