import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openPushSender, PUSH_BACKLOG_MAX, type PushItem, type PushSender } from "./push-sender.ts";

let host: Server;
let url: URL;
let sender: PushSender;
let answer: (body: string) => number;
const got: string[] = [];

test.before.each(async () => {
  got.length = 0;
  answer = () => 200;
  host = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      got.push(body);
      response.writeHead(answer(body)).end();
    });
  });
  await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
  url = new URL(`http://127.0.0.1:${(host.address() as AddressInfo).port}/push`);
  sender = openPushSender({ backoffMs: { first: 20, most: 80 }, answerTimeoutMs: 1_000 });
});

test.after.each(async () => {
  sender.close();
  host.closeAllConnections();
  await new Promise((resolve) => host.close(resolve));
});

function item(name: string, junk = false): PushItem & { sent: number; status: number; dropped: boolean } {
  const made = {
    sent: 0,
    status: -1,
    dropped: false,
    junk,
    body: (again: boolean) => ({ contentType: "text/plain", body: Buffer.from(again ? `${name} again` : name) }),
    onSent: () => {
      made.sent++;
    },
    onAnswer: (status: number) => {
      made.status = status;
    },
    onDropped: () => {
      made.dropped = true;
    },
  };
  return made;
}

async function eventually(what: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !what(); i++) await sleep(10);
  assert.ok(what());
}

test("a message that is not answered 200 is repeated, and keeps those behind it in order", async () => {
  answer = (body) => (body === "one again" || body === "two" ? 200 : 500);
  const [one, two] = [item("one"), item("two")];
  sender.deliver(one);
  sender.deliver(two);
  sender.setTarget(url);
  await eventually(() => two.status === 200);
  assert.equal(got, ["one", "one again", "two"]);
  assert.is(sender.waiting(), 0);
});

test("a host that is away is tried until it is there", async () => {
  const one = item("one");
  sender.setTarget(new URL("http://127.0.0.1:1/"));
  sender.deliver(one);
  await eventually(() => one.sent >= 3);
  assert.is(one.status, 0);
  sender.setTarget(url);
  await eventually(() => one.status === 200);
  assert.is(sender.waiting(), 0);
});

test("junk that no host takes is given up after three tries", async () => {
  answer = (body) => (body.startsWith("junk") ? 400 : 200);
  const [junk, good] = [item("junk", true), item("good")];
  sender.deliver(junk);
  sender.deliver(good);
  sender.setTarget(url);
  await eventually(() => good.status === 200);
  assert.equal([junk.sent, junk.status], [3, 400]);
});

test("the backlog is bounded: the oldest is dropped and says so", () => {
  const all = Array.from({ length: PUSH_BACKLOG_MAX + 2 }, (_, i) => item(String(i)));
  for (const one of all) sender.deliver(one);
  assert.is(sender.waiting(), PUSH_BACKLOG_MAX);
  assert.equal(
    all.flatMap((one, i) => (one.dropped ? [i] : [])),
    [0, 1],
  );
});

test.run();
