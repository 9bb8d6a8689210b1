import { test } from "uvu";
import * as assert from "uvu/assert";
import type { NoticeView } from "../../../shared/api/central-api.ts";
import { acknowledgeNotice, loadNotices, notices, openNotices } from "./notices-state.ts";

const notice = (id: string): NoticeView => ({
  id,
  code: "log-fork",
  level: "alarm",
  words: "A log split.",
  collector_id: null,
  site: null,
  time_zone: "UTC",
  raised_at: "2026-11-22T07:00:00.000Z",
});
/** Central's open notices, and what it answers to an acknowledgement; null: no line. */
let open: NoticeView[] = [];
let acknowledging: (id: string) => Response = () => new Response(null, { status: 204 });
let isReachable = true;
const asked: string[] = [];
const networkFetch = globalThis.fetch;
test.before.each(() => {
  open = [notice("1"), notice("2")];
  acknowledging = (id) => {
    open = open.filter((one) => one.id !== id);
    return new Response(null, { status: 204 });
  };
  isReachable = true;
  asked.length = 0;
  globalThis.fetch = async (input, init) => {
    asked.push(`${init?.method} ${String(input)}`);
    if (!isReachable) throw new TypeError("no line");
    const [, id] = /\/notices\/(\w+)\/acknowledge$/.exec(String(input)) ?? [];
    return id === undefined ? Response.json({ notices: open, open: open.length }) : acknowledging(id);
  };
});
test.after(() => {
  globalThis.fetch = networkFetch;
});
const shown = () => notices.value.value?.notices.map((one) => one.id);

test("an acknowledged notice goes from the list and from the number on the rail", async () => {
  await loadNotices();
  assert.is(openNotices.value, 2);
  assert.ok((await acknowledgeNotice(notice("1"))).ok);
  assert.equal([shown(), openNotices.value], [["2"], 1]);
});

test("a notice that somebody else acknowledged first goes too, and the refusal is told", async () => {
  await loadNotices();
  acknowledging = () => Response.json({ error: { code: "not_found", message: "It was acknowledged already." } }, { status: 404 });
  open = [notice("2")];
  const answer = await acknowledgeNotice(notice("1"));
  assert.is(answer.ok ? "" : answer.problem.words, "It was acknowledged already.");
  assert.equal(shown(), ["2"]);
});

test("without a connection the notices stay as they were last known, beside the problem", async () => {
  await loadNotices();
  isReachable = false;
  assert.not.ok((await acknowledgeNotice(notice("1"))).ok);
  assert.equal(shown(), ["1", "2"]);
  assert.is(asked.length, 2, "nothing is asked again at once");
  await loadNotices();
  assert.equal(shown(), ["1", "2"]);
  assert.is(notices.value.problem?.kind, "unreachable");
});

test.run();
