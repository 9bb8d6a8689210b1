/**
 * Pictures on their way up: one offer at a time, and it stays open until all that central wanted of it was tried. A picture that central
 * does not want yet is offered again after the next ACK, then once an hour, so that it never keeps others from being offered.
 */
import type { Sha256 } from "../model/ids.ts";
import type { OfferedImage, Want } from "./frames.ts";
import { ANSWER_TIMEOUT_MS, IMAGE_REOFFER_MS, IMAGE_RETRY_MS, UNWANTED_IMAGES_MAX } from "./limits.ts";

export interface ImageOffers {
  open: readonly OfferedImage[] | null;
  /** `waiting` for WANT, or `sending` what it named. */
  phase: "none" | "waiting" | "sending";
  offeredMs: number;
  /** When the next offer may be made; null: when something new is acknowledged. */
  dueMs: number | null;
  readonly unwanted: Map<Sha256, "until-ack" | "once-more" | "for-an-hour">;
  forgetMs: number | null;
}

/** How the sending of what a WANT named ended. */
export interface ImagesTried {
  /** Wanted, tried, and not taken this time. */
  readonly left: readonly Sha256[];
  /** The way broke: whatever was not tried waits a little. */
  readonly broken: boolean;
}

export function newImageOffers(): ImageOffers {
  return { open: null, phase: "none", offeredMs: 0, dueMs: null, unwanted: new Map(), forgetMs: null };
}

/** There may be pictures to offer from `atMs` on. */
export function offerFrom(offers: ImageOffers, atMs: number): void {
  offers.dueMs = Math.min(offers.dueMs ?? atMs, atMs);
}

/** A record was acknowledged: what central did not want before it may be wanted now. */
export function noteAdvance(offers: ImageOffers, nowMs: number): void {
  for (const [sha256, state] of offers.unwanted) if (state === "until-ack") offers.unwanted.set(sha256, "once-more");
  offerFrom(offers, nowMs);
}

/** The pictures to offer now, most urgent first; null when it is not the time. */
export function takeOffer(
  offers: ImageOffers,
  nowMs: number,
  waiting: (without: ReadonlySet<Sha256>) => readonly OfferedImage[],
): readonly OfferedImage[] | null {
  // A WANT that never comes (central's database was away) must not end the offers of this session.
  if (offers.phase === "waiting" && nowMs - offers.offeredMs > ANSWER_TIMEOUT_MS) closeOffer(offers, nowMs);
  if (offers.phase !== "none" || offers.dueMs === null || offers.dueMs > nowMs) return null;
  if (offers.forgetMs !== null && offers.forgetMs <= nowMs) forget(offers);
  const images = waiting(new Set([...offers.unwanted].flatMap(([sha256, state]) => (state === "once-more" ? [] : [sha256]))));
  offers.dueMs = offers.forgetMs;
  if (images.length === 0) return null;
  offers.open = images;
  offers.phase = "waiting";
  offers.offeredMs = nowMs;
  return images;
}

/** Whether `want` answers an offer; false for a WANT that answers none. */
export function takeWant(offers: ImageOffers, want: Want, nowMs: number): boolean {
  if (offers.phase !== "waiting" || offers.open === null) return false;
  const named = new Set(want.images.map((image) => image.sha256));
  for (const { sha256 } of offers.open) if (!named.has(sha256)) noteUnwanted(offers, sha256, nowMs);
  offers.phase = "sending";
  return true;
}

/** All that was wanted has been tried: the next offer may follow. */
export function endOffer(offers: ImageOffers, { left, broken }: ImagesTried, nowMs: number): void {
  if (offers.phase !== "sending") return;
  for (const sha256 of left) noteUnwanted(offers, sha256, nowMs);
  closeOffer(offers, broken ? nowMs + IMAGE_RETRY_MS : nowMs);
}

/** When something is to be done here by the clock alone; null: nothing. */
export function offerDueMs(offers: ImageOffers): number | null {
  if (offers.phase === "waiting") return offers.offeredMs + ANSWER_TIMEOUT_MS + 1;
  return offers.phase === "none" ? offers.dueMs : null;
}

function closeOffer(offers: ImageOffers, nextMs: number): void {
  offers.open = null;
  offers.phase = "none";
  offerFrom(offers, nextMs);
}

function noteUnwanted(offers: ImageOffers, sha256: Sha256, nowMs: number): void {
  if (offers.unwanted.size >= UNWANTED_IMAGES_MAX) forget(offers);
  offers.unwanted.set(sha256, offers.unwanted.has(sha256) ? "for-an-hour" : "until-ack");
  offers.forgetMs ??= nowMs + IMAGE_REOFFER_MS;
}

function forget(offers: ImageOffers): void {
  offers.unwanted.clear();
  offers.forgetMs = null;
}
