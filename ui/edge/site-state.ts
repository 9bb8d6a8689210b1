/** The site's page: the link, alerts and detections; asked once, then pushed by the Pi. */
import { signal } from "@preact/signals";
import type { SiteAlertsAnswer, SiteDetectionsAnswer, SiteLiveMessage } from "../../shared/api/site-api.ts";
import type { AlertItemView } from "../../shared/api/views.ts";
import type { AlertOpArguments, AlertVerb } from "../../shared/model/alert.ts";
import { type Answer, queryText } from "../data/api-client.ts";
import { type LinkState, openLive, socketAddress } from "../data/live-socket.ts";
import { load, notLoaded } from "../data/loaded.ts";
import { addToPasses, type PassRow } from "../data/pass-list.ts";
import { showToast } from "../data/toasts.ts";
import { ALERTS } from "../words/alert-words.ts";
import { playAlertSound } from "./alert-sound.ts";
import { loadLists } from "./lists/lists-state.ts";
import { api, status } from "./site-session.ts";

export const pageLink = signal<LinkState>("connecting");
export const alerts = notLoaded<readonly AlertItemView[]>();
export const passes = notLoaded<{ rows: readonly PassRow[]; cursor: string | null }>();
/** On a phone more rows than this are not read; older ones are asked for. */
const DETECTIONS_PAGE = 40;
const ALERTS_KEPT_MAX = 200;
const ROWS_KEPT_MAX = 400;

export function loadAlerts(): Promise<void> {
  return load(alerts, async () => {
    const answer = await api.get<SiteAlertsAnswer>("/alerts");
    return answer.ok ? { ok: true, value: answer.value.alerts } : answer;
  });
}

export function loadDetections(): Promise<void> {
  return load(passes, async () => {
    const answer = await api.get<SiteDetectionsAnswer>(`/detections${queryText({ limit: DETECTIONS_PAGE })}`);
    return answer.ok ? { ok: true, value: { rows: addToPasses([], answer.value.detections), cursor: answer.value.next_cursor } } : answer;
  });
}

export async function loadOlderDetections(): Promise<void> {
  const known = passes.peek().value;
  if (known === undefined || known.cursor === null) return;
  const answer = await api.get<SiteDetectionsAnswer>(`/detections${queryText({ limit: DETECTIONS_PAGE, cursor: known.cursor })}`);
  if (!answer.ok) return showToast(answer.problem.words);
  passes.value = { ...passes.peek(), value: { rows: addToPasses(known.rows, answer.value.detections), cursor: answer.value.next_cursor } };
}

function putAlert(item: AlertItemView): void {
  const known = alerts.peek().value ?? [];
  const next = known.some((one) => one.id === item.id)
    ? known.map((one) => (one.id === item.id ? item : one))
    : [item, ...known].slice(0, ALERTS_KEPT_MAX);
  alerts.value = { ...alerts.peek(), value: next };
}

function hear(messages: readonly SiteLiveMessage[]): void {
  const fresh = messages.flatMap((message) => (message.type === "detection" ? [message.detection] : []));
  const known = passes.peek().value;
  if (fresh.length > 0 && known !== undefined)
    passes.value = { ...passes.peek(), value: { ...known, rows: addToPasses(known.rows, fresh).slice(0, ROWS_KEPT_MAX) } };
  let ring = false;
  for (const message of messages) {
    if (message.type === "hello" || message.type === "status") status.value = message.status;
    else if (message.type === "alert" || message.type === "alert-op") putAlert(message.alert);
    else if (message.type === "watchlists") void loadLists();
    ring ||= message.type === "alert" && message.ring;
  }
  // One sound for a batch: three cars at once are one ring, not a chord.
  if (ring) playAlertSound();
}

/** Connects to the Pi's own socket; it has no cursor, so each return asks for what was missed. */
export function startSiteLive(): () => void {
  let first = true;
  return openLive<SiteLiveMessage>({
    address: () => socketAddress("/api/live"),
    open: (address) => new WebSocket(address),
    random: Math.random,
    onMessages: hear,
    onState: (state) => {
      pageLink.value = state;
      // A session that ended looks like a lost connection from here; the answer to any question tells them apart.
      if (state === "waiting") void api.get("/status");
      if (state !== "open") return;
      if (!first) {
        void loadAlerts();
        void loadDetections();
      }
      first = false;
    },
  });
}

/** One act of work on an alert. The alerts on the screen are named as seen. */
export async function workAlert(item: AlertItemView, verb: AlertVerb, args: AlertOpArguments = {}): Promise<Answer<unknown>> {
  const answer = await api.send<AlertItemView | null>("POST", `/alerts/${item.id}/${verb}`, {
    ...args,
    seen: item.alerts.map((one) => one.id),
  });
  if (!answer.ok) {
    showToast(answer.problem.words);
    return answer;
  }
  if (answer.value !== null) putAlert(answer.value);
  else await loadAlerts();
  showToast(ALERTS.done(verb));
  return answer;
}

/** "Never again for this entry and this exact plate": the entries that matched it inexactly make an exception of it. */
export async function exceptPlate(item: AlertItemView, plate: string): Promise<void> {
  for (const finding of item.alerts) {
    if (finding.explanation.kind === "exact") continue;
    const answer = await api.send("PATCH", `/watchlists/${finding.watchlist_id}/entries/${finding.entry_id}`, { except_plate: plate });
    showToast(answer.ok ? ALERTS.neverDone(plate) : answer.problem.words);
  }
}
