/** The alert queue: asked once per filter, kept fresh by the live connection, worked by verbs. */
import { signal } from "@preact/signals";
import type { AlertsAnswer, LiveMessage } from "../../../shared/api/central-api.ts";
import type { AlertItemView } from "../../../shared/api/views.ts";
import type { AlertOpArguments, AlertState, AlertVerb } from "../../../shared/model/alert.ts";
import { type Answer, queryText } from "../../data/api-client.ts";
import { load, notLoaded } from "../../data/loaded.ts";
import { showToast } from "../../data/toasts.ts";
import { ALERTS } from "../../words/alert-words.ts";
import { onLive } from "../live-feed.ts";
import { api } from "../session-state.ts";

export type QueueFilter = "open" | AlertState | "all";
export const QUEUE_FILTERS: readonly QueueFilter[] = ["open", "new", "acknowledged", "verified", "escalated", "dismissed", "all"];
const OPEN_STATES: readonly AlertState[] = ["new", "acknowledged", "verified"];
/** Items of one answer, and of the list as it grows by live messages. */
const PAGE = 100;
const QUEUE_MAX = 1_000;

export const queue = notLoaded<{ items: readonly AlertItemView[]; counts: AlertsAnswer["counts"] | undefined; cursor: string | null }>();
/** An alert opened by its address that is not in the loaded part of the queue. */
export const single = notLoaded<AlertItemView>();
export const newAlerts = signal(0);
/** Items whose picture this person opened since the page was loaded: verify and escalate ask for it. */
export const openedPictures = signal<ReadonlySet<string>>(new Set());
let filter: QueueFilter = "open";

function statesOf(one: QueueFilter): readonly AlertState[] | undefined {
  return one === "all" ? undefined : one === "open" ? OPEN_STATES : [one];
}

/** Does an item in this state belong to the queue of this filter? */
export function inQueue(item: Pick<AlertItemView, "state">, one: QueueFilter): boolean {
  return statesOf(one)?.includes(item.state) ?? true;
}

async function ask(cursor?: string): Promise<Answer<AlertsAnswer>> {
  const answer = await api.get<AlertsAnswer>(`/alerts${queryText({ state: statesOf(filter)?.join(","), limit: PAGE, cursor })}`);
  if (answer.ok) newAlerts.value = answer.value.counts.new;
  return answer;
}

/** Shows the queue of one filter, from its newest item. */
export async function loadQueue(next: QueueFilter): Promise<void> {
  if (next !== filter) queue.value = { value: undefined, problem: undefined, loading: false };
  filter = next;
  await load(queue, async () => {
    const answer = await ask();
    return answer.ok
      ? { ok: true, value: { items: answer.value.alerts, counts: answer.value.counts, cursor: answer.value.next_cursor } }
      : answer;
  });
}

/** Asks again for the queue when it is on show or was. */
export async function refreshQueue(): Promise<void> {
  if (queue.peek().value !== undefined) await loadQueue(filter);
}

/** Adds the next older items. */
export async function loadMoreAlerts(): Promise<void> {
  const known = queue.peek().value;
  if (known === undefined || known.cursor === null) return;
  const answer = await ask(known.cursor);
  if (!answer.ok) return showToast(answer.problem.words);
  const ids = new Set(known.items.map((item) => item.id));
  const items = [...known.items, ...answer.value.alerts.filter((item) => !ids.has(item.id))];
  queue.value = { ...queue.peek(), value: { items, counts: answer.value.counts, cursor: answer.value.next_cursor } };
}

/** Only the number of new alerts, for the rail. */
export async function loadAlertCounts(): Promise<void> {
  const answer = await api.get<AlertsAnswer>("/alerts?state=new&limit=1");
  if (answer.ok) newAlerts.value = answer.value.counts.new;
}

/** An item as it now stands: in its place, or at the top when it is new here. One that left the filter stays in sight until the next load. */
function putItem(item: AlertItemView): void {
  if (single.peek().value?.id === item.id) single.value = { ...single.peek(), value: item };
  const known = queue.peek().value;
  if (known === undefined) return;
  const old = known.items.find((one) => one.id === item.id);
  const counts = known.counts === undefined ? undefined : { ...known.counts };
  if (counts !== undefined && old?.state !== item.state) {
    if (old !== undefined) counts[old.state] = Math.max(0, counts[old.state] - 1);
    counts[item.state]++;
    newAlerts.value = counts.new;
  }
  const items =
    old !== undefined
      ? known.items.map((one) => (one.id === item.id ? item : one))
      : inQueue(item, filter)
        ? [item, ...known.items].slice(0, QUEUE_MAX)
        : known.items;
  queue.value = { ...queue.peek(), value: { ...known, items, counts } };
}

/** Follows alerts from the live connection; the returned function stops. */
export function followAlerts(): () => void {
  return onLive((messages: readonly LiveMessage[]) => {
    for (const message of messages) {
      if (message.type !== "alert" && message.type !== "alert-op") continue;
      if (queue.peek().value !== undefined) putItem(message.alert);
      else if (message.type === "alert" && message.alert.state === "new" && message.alert.alerts.length === 1) newAlerts.value++;
    }
  });
}

/** "Never again for this entry and this exact plate": the entries that matched it inexactly make an exception of it. */
export async function exceptPlate(item: AlertItemView, plate: string): Promise<void> {
  for (const finding of item.alerts) {
    if (finding.explanation.kind === "exact") continue;
    const answer = await api.send("PATCH", `/watchlists/${finding.watchlist_id}/entries/${finding.entry_id}`, { except_plate: plate });
    showToast(answer.ok ? ALERTS.neverDone(plate) : answer.problem.words);
  }
}

/** Says that this person looked at the item's picture. */
export function pictureOpened(id: string): void {
  if (!openedPictures.peek().has(id)) openedPictures.value = new Set(openedPictures.peek()).add(id);
}

/** Does one act of work on an item; the words of a refusal come back. The alerts that were on the screen are named as seen. */
export async function workAlert(item: AlertItemView, verb: AlertVerb, args: AlertOpArguments = {}): Promise<Answer<unknown>> {
  const answer = await api.send<AlertItemView>("POST", `/alerts/${item.id}/${verb}`, {
    ...args,
    seen: item.alerts.map((one) => one.id),
  });
  if (!answer.ok) return answer;
  putItem(answer.value);
  showToast(ALERTS.done(verb));
  return answer;
}
