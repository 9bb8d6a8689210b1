import { test } from "uvu";
import * as assert from "uvu/assert";
import type { AlertItemView, DetectionView, FindingView } from "../../shared/api/views.ts";
import { dropToast, toasts } from "../data/toasts.ts";
import { siteSession } from "./site-session.ts";
import { alerts, exceptPlate, loadAlerts, loadDetections, loadOlderDetections, passes, workAlert } from "./site-state.ts";

const finding = (id: string, kind: "exact" | "confusable"): FindingView => ({
  id,
  entry_id: `entry-${id}`,
  watchlist_id: "list",
  watchlist: "Break-ins",
  owner: "Dina",
  critical: false,
  reason: "Seen at two break-ins",
  expires_at: "2026-11-29T07:00:00.000Z",
  explanation: { kind, plate: "A8C123", pattern: "ABC123", differences: [] },
  detection_id: "d1",
  raised_by: ["edge"],
});
const item = (id: string, state: AlertItemView["state"], found: FindingView[] = []): AlertItemView => ({
  id,
  state,
  late: false,
  test: false,
  critical: false,
  raised_at: "2026-11-22T07:10:00.000Z",
  detection: null,
  detections: 1,
  alerts: found,
  work: [],
});
const detection = (id: string, minute: number) => ({ id, pass: id, captured_at: `2026-11-22T07:${minute}:00.000Z` }) as DetectionView;

interface Asked {
  readonly what: string;
  readonly body: unknown;
}
let answers: Readonly<Record<string, () => Response>> = {};
const asked: Asked[] = [];
const networkFetch = globalThis.fetch;
test.before.each(() => {
  asked.length = 0;
  globalThis.fetch = async (input, init) => {
    const what = `${init?.method} ${String(input)}`;
    asked.push({ what, body: init?.body === undefined ? undefined : JSON.parse(String(init.body)) });
    return answers[what]?.() ?? Response.json({ error: { code: "not_found", message: `Nothing at ${what}` } }, { status: 404 });
  };
});
test.after.each(() => {
  for (const { id } of toasts.value) dropToast(id);
});
test.after(() => {
  globalThis.fetch = networkFetch;
});

test("an act on an alert names the alerts that were on the screen, and the card takes its new state in its place", async () => {
  const open = item("p2", "new", [finding("a1", "exact"), finding("a2", "confusable")]);
  answers = {
    "GET /api/alerts": () => Response.json({ alerts: [item("p1", "new"), open], next_cursor: null }),
    "POST /api/alerts/p2/acknowledge": () => Response.json({ ...open, state: "acknowledged" }),
  };
  await loadAlerts();
  await workAlert(open, "acknowledge");
  assert.equal(asked.at(-1)!.body, { seen: ["a1", "a2"] });
  assert.equal(
    alerts.value.value?.map(({ id, state }) => [id, state]),
    [
      ["p1", "new"],
      ["p2", "acknowledged"],
    ],
  );
});

test("an act that the edge refuses changes no card and says why", async () => {
  const open = item("p1", "new");
  answers = {
    "GET /api/alerts": () => Response.json({ alerts: [open], next_cursor: null }),
    "POST /api/alerts/p1/escalate": () => Response.json({ error: { code: "verify_first", message: "Verify it first." } }, { status: 409 }),
  };
  await loadAlerts();
  assert.not.ok((await workAlert(open, "escalate", { to: "Police" })).ok);
  assert.is(alerts.value.value?.[0]?.state, "new");
  assert.is(toasts.value.length, 1);
});

test("never again for this plate: only the entries that it matched inexactly make an exception", async () => {
  answers = { "PATCH /api/watchlists/list/entries/entry-a2": () => Response.json({}) };
  await exceptPlate(item("p1", "dismissed", [finding("a1", "exact"), finding("a2", "confusable")]), "A8C123");
  assert.equal(asked, [{ what: "PATCH /api/watchlists/list/entries/entry-a2", body: { except_plate: "A8C123" } }]);
});

test("older detections follow those on show, asked for from where they end, until there are none", async () => {
  answers = {
    "GET /api/detections?limit=40": () => Response.json({ detections: [detection("d3", 30), detection("d2", 20)], next_cursor: "c2" }),
    "GET /api/detections?limit=40&cursor=c2": () => Response.json({ detections: [detection("d1", 10)], next_cursor: null }),
  };
  await loadDetections();
  await loadOlderDetections();
  await loadOlderDetections();
  assert.equal(
    passes.value.value?.rows.map(({ pass }) => pass),
    ["d3", "d2", "d1"],
  );
  assert.is(asked.length, 2);
});

test("an answer that nobody is signed in leads to the sign-in, and what was on show stays", async () => {
  answers = { "GET /api/alerts": () => Response.json({ alerts: [item("p1", "new")], next_cursor: null }) };
  await loadAlerts();
  siteSession.value = "in";
  answers = { "GET /api/alerts": () => Response.json({ error: { code: "not_signed_in", message: "" } }, { status: 401 }) };
  await loadAlerts();
  assert.is(siteSession.value, "out");
  assert.is(alerts.value.value?.length, 1);
});

test.run();
