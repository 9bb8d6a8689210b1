import { EventEmitter } from "node:events";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type LiveHub, makeLiveHub, SOCKETS_MAX } from "./live-hub.ts";

/** The other end of a socket that writes down what it is told. */
class Page extends EventEmitter {
  readyState = 1;
  bufferedAmount = 0;
  heard: string[] = [];
  closed = 0;
  send(text: string): void {
    this.heard.push((JSON.parse(text) as { type: string }).type);
  }
  ping(): void {}
  close(code: number): void {
    this.closed = code;
    this.emit("close");
  }
  terminate(): void {
    this.close(1006);
  }
}

let hub: LiveHub;
test.before.each(() => {
  hub = makeLiveHub();
});
test.after.each(() => hub.stop());
const HELLO = { type: "watchlists" } as const;
const open = (session: string | null = null): Page => {
  const page = new Page();
  hub.add(page, { person: session, session, isStillIn: () => true }, HELLO);
  return page;
};

test("a page hears its greeting first and then everything that is said", () => {
  const page = open();
  hub.say({ type: "watchlists" });
  assert.equal(page.heard, ["watchlists", "watchlists"]);
});

test("what differs from person to person is made for each", () => {
  const asked: (string | null)[] = [];
  open("Miriam");
  open();
  hub.sayEach((person) => {
    asked.push(person);
    return HELLO;
  });
  assert.equal(asked, ["Miriam", null]);
});

test("a page that does not read is closed, the others hear on", () => {
  const [slow, quick] = [open(), open()];
  slow.bufferedAmount = 2 * 1024 * 1024;
  hub.say({ type: "watchlists" });
  assert.equal([slow.closed, quick.heard.length, hub.size()], [1006, 2, 1]);
});

test("signing out closes the sockets of that session only", () => {
  const [mine, other] = [open("mine"), open("other")];
  hub.closeSession("mine");
  assert.equal([mine.closed, other.closed], [4401, 0]);
});

test("more pages than a site can have are refused", () => {
  for (let n = 0; n < SOCKETS_MAX; n++) open();
  assert.is(hub.add(new Page(), { person: null, session: null, isStillIn: () => true }, HELLO), false);
});

test.run();
