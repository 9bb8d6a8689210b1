/** What is photographed: every page of both programs, in the states that it can be in. */
import type { PageName } from "../../ui/vite.config.ts";
import type { ShotState } from "./answerer.ts";

export interface Shot {
  readonly name: string;
  readonly page: PageName;
  /** Address after the origin. */
  readonly path: string;
  readonly states: readonly ShotState[];
  readonly signedOut?: boolean;
  /** Clicked before the picture is taken, in order. */
  readonly press?: readonly string[];
  /** A file of this name is chosen in the first file chooser. */
  readonly choose?: string;
  /** Pointed at before the picture is taken. */
  readonly hover?: string;
}
const ALL: readonly ShotState[] = ["busy", "empty", "error", "offline"];
const WHY = "plate=ABC123&match=confusable&reason=incident&case=2026-114";

export const SHOTS: readonly Shot[] = [
  { name: "sign-in", page: "central", path: "/", states: ["busy"], signedOut: true },
  { name: "set-up", page: "central", path: "/setup#one-use-token", states: ["busy"], signedOut: true },
  { name: "live", page: "central", path: "/", states: ALL, hover: ".detection-row" },
  { name: "alerts", page: "central", path: "/alerts", states: ["empty", "error"] },
  { name: "alerts-queue", page: "central", path: "/alerts", states: ["busy"] },
  { name: "alert-open", page: "central", path: "/alerts", states: ["busy"], press: [".alert-row"] },
  { name: "alert-compare", page: "central", path: "/alerts", states: ["busy"], press: [".alert-row", "article button.picture"] },
  { name: "search", page: "central", path: `/search#${WHY}`, states: ["busy", "empty", "error"] },
  { name: "search-start", page: "central", path: "/search", states: ["busy"] },
  { name: "plate", page: "central", path: "/plate#plate=ABC123&reason=incident", states: ["busy", "empty"] },
  { name: "plate-reason", page: "central", path: "/plate#plate=ABC123", states: ["busy"] },
  { name: "map", page: "central", path: "/map", states: ["busy", "empty"] },
  { name: "watchlists", page: "central", path: "/watchlists", states: ["busy", "empty", "error"], press: [".alert-row"] },
  { name: "watchlists-add", page: "central", path: "/watchlists", states: ["busy"], press: [".alert-row", "section header .primary"] },
  { name: "sites", page: "central", path: "/sites", states: ["busy", "empty", "error"] },
  { name: "site-detail", page: "central", path: "/sites", states: ["busy"], press: ["li:nth-child(2) .site-row-name"] },
  { name: "sites-bundle", page: "central", path: "/sites", states: ["busy"], choose: "main-maple-20261122-0210.alprbundle" },
  {
    name: "site-config",
    page: "central",
    path: "/sites",
    states: ["busy"],
    press: ["li:nth-child(2) .site-row-name", "section[aria-label='Asked of this site'] button:last-of-type"],
  },
  { name: "admin", page: "central", path: "/admin", states: ["busy"] },
  { name: "admin-add-collector", page: "central", path: "/admin", states: ["busy"], press: ["section .primary"] },
  { name: "site-sign-in", page: "edge", path: "/", states: ["busy"], signedOut: true },
  { name: "site-now", page: "edge", path: "/", states: ALL },
  { name: "site-compare", page: "edge", path: "/", states: ["busy"], press: ["article .primary"] },
  { name: "site-add", page: "edge", path: "/#add", states: ["busy"] },
  { name: "site-lists", page: "edge", path: "/#lists", states: ["busy"], press: ["summary"] },
  { name: "site-carry", page: "edge", path: "/#carry", states: ALL },
  { name: "site-receipt", page: "edge", path: "/#carry", states: ["busy"], choose: "main-maple-20261122-0210.alprreceipt" },
  { name: "site-cameras", page: "edge", path: "/#cameras", states: ["busy", "empty"] },
];

/** Pictures kept in the project, as `name-state-width-theme`; all others are made beside them and not kept. */
export const KEPT: ReadonlySet<string> = new Set([
  "live-busy-1440-light",
  "live-busy-1440-dark",
  "live-busy-390-dark",
  "live-empty-1440-light",
  "live-offline-1440-dark",
  "alert-open-busy-1440-light",
  "alert-open-busy-1440-dark",
  "alert-open-busy-390-light",
  "alert-compare-busy-1440-light",
  "alerts-queue-busy-390-dark",
  "search-busy-1440-light",
  "search-busy-390-dark",
  "search-empty-1440-dark",
  "search-error-390-light",
  "plate-busy-1440-light",
  "plate-busy-1440-dark",
  "plate-busy-390-light",
  "map-busy-1440-dark",
  "watchlists-busy-1440-light",
  "watchlists-busy-390-dark",
  "sites-busy-1440-light",
  "sites-busy-1440-dark",
  "sites-busy-390-light",
  "sites-error-1440-light",
  "site-detail-busy-1440-dark",
  "site-config-busy-1440-light",
  "admin-busy-1440-light",
  "sign-in-busy-1440-light",
  "sign-in-busy-390-dark",
  "site-now-busy-390-light",
  "site-now-busy-390-dark",
  "site-now-offline-390-light",
  "site-now-empty-390-dark",
  "site-now-error-390-light",
  "site-now-busy-1440-light",
  "site-compare-busy-390-light",
  "site-add-busy-390-light",
  "site-lists-busy-390-dark",
  "site-cameras-busy-390-light",
  "site-carry-busy-390-light",
  "site-receipt-busy-390-dark",
  "sites-bundle-busy-1440-light",
  "site-sign-in-busy-390-dark",
]);
