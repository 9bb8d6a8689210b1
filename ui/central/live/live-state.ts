/** The feed: passes newest first, held back while someone reads further down, filtered by the address. */
import { computed, signal } from "@preact/signals";
import type { DetectionSearchAnswer } from "../../../shared/api/central-api.ts";
import type { DetectionView } from "../../../shared/api/views.ts";
import type { Problem } from "../../data/api-client.ts";
import { addToPasses, type PassRow } from "../../data/pass-list.ts";
import { onLive } from "../live-feed.ts";
import { api } from "../session-state.ts";

export interface LiveFilters {
  site?: string;
  camera?: string;
  vehicle?: string;
}
/** Asked at once; the first answer fills the page, the next ones come while scrolling. */
const PAGE = 100;
/** Held back while reading; a reader who stays longer gets the rest with the next look. */
const HELD_MAX = 2_000;

export const feed = signal<{ rows: readonly PassRow[]; problem: Problem | undefined; loading: boolean; cursor: string | null }>({
  rows: [],
  problem: undefined,
  loading: true,
  cursor: null,
});
export const held = signal<readonly DetectionView[]>([]);
export const selectedPass = signal<string | undefined>(undefined);
/** Kept over visits, so that back returns to the same place. */
export const scrollTop = signal(0);
/** True while new rows would move what is being read. */
export const reading = signal(false);
export const heldPasses = computed(() => new Set(held.value.map((one) => one.pass)).size);

/** Kinds of vehicle that cameras named so far, in the vendors' words: no list of ours would fit every vendor. */
export const vehicleTypes = computed(() => {
  const types = new Set(feed.value.rows.flatMap((row) => row.detection.vehicle?.type ?? []));
  if (vehicleFilter.value !== undefined) types.add(vehicleFilter.value);
  return [...types].sort();
});
const vehicleFilter = signal<string | undefined>(undefined);

let filters: LiveFilters = {};
let asked = 0;

/** Starts over with these filters; a repeated call with the same ones only catches up. */
export async function showLive(next: LiveFilters): Promise<void> {
  const same =
    next.site === filters.site && next.camera === filters.camera && next.vehicle === filters.vehicle && feed.peek().rows.length > 0;
  filters = next;
  vehicleFilter.value = next.vehicle;
  if (!same) {
    held.value = [];
    reading.value = false;
    feed.value = { rows: [], problem: undefined, loading: true, cursor: null };
    scrollTop.value = 0;
    selectedPass.value = undefined;
  }
  await ask(undefined);
}

/** The newest page again, when the feed was ever shown. */
export async function refreshFeed(): Promise<void> {
  if (feed.peek().rows.length > 0) await ask(undefined);
}

/** The next older page, when there is one and nobody is asking for it already. */
export async function loadOlder(): Promise<void> {
  const { cursor, loading } = feed.peek();
  if (cursor === null || loading) return;
  feed.value = { ...feed.peek(), loading: true };
  await ask(cursor);
}

async function ask(cursor: string | undefined): Promise<void> {
  const mine = ++asked;
  const answer = await api.send<DetectionSearchAnswer>("POST", "/detections/search", {
    limit: PAGE,
    include: ["test"],
    ...(filters.site === undefined ? {} : { site: filters.site }),
    ...(filters.camera === undefined ? {} : { camera: filters.camera }),
    ...(cursor === undefined ? {} : { cursor }),
  });
  if (mine !== asked) return;
  const now = feed.peek();
  if (!answer.ok) {
    feed.value = { ...now, problem: answer.problem, loading: false };
    return;
  }
  const fresh = answer.value.detections.filter(shown);
  const known = new Set(now.rows.flatMap((row) => [...row.ids]).concat(held.peek().map((one) => one.id)));
  const missed = cursor === undefined && answer.value.next_cursor !== null && !fresh.some((one) => known.has(one.id));
  if (missed) {
    // More passed than one page while this page was away: what is shown would have a hole in it, so it starts over.
    held.value = [];
    feed.value = { rows: addToPasses([], fresh), problem: undefined, loading: false, cursor: answer.value.next_cursor };
    return;
  }
  if (cursor === undefined && reading.peek() && now.rows.length > 0) {
    // Somebody came back to a place further down: what is new waits, or the place would move away.
    held.value = [...held.peek(), ...fresh.filter((one) => !known.has(one.id))].slice(-HELD_MAX);
    feed.value = { ...now, problem: undefined, loading: false };
    return;
  }
  feed.value = { rows: addToPasses(now.rows, fresh), problem: undefined, loading: false, cursor: answer.value.next_cursor };
}

/** Lets the held rows in. */
export function releaseHeld(): void {
  const waiting = held.peek();
  held.value = [];
  feed.value = { ...feed.peek(), rows: addToPasses(feed.peek().rows, waiting) };
}

/** Follows the live connection; the returned function stops. */
export function followDetections(): () => void {
  return onLive((messages) => {
    const fresh = messages.flatMap((message) => (message.type === "detection" && shown(message.detection) ? [message.detection] : []));
    if (fresh.length === 0) return;
    if (reading.peek()) held.value = [...held.peek(), ...fresh].slice(-HELD_MAX);
    else feed.value = { ...feed.peek(), rows: addToPasses(feed.peek().rows, fresh) };
  });
}

function shown(detection: DetectionView): boolean {
  if (filters.site !== undefined && detection.site_id !== filters.site) return false;
  if (filters.camera !== undefined && detection.camera_id !== filters.camera) return false;
  return filters.vehicle === undefined || detection.vehicle?.type === filters.vehicle;
}
