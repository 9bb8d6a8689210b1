/** The frame around every page: who is signed in decides whether it shows; the live connection lives as long as it does. */
import { lazy, Route, Router, useLocation } from "preact-iso";
import { html, useEffect } from "../../html.ts";
import { EmptyState, ErrorState } from "../../parts/state-panel.ts";
import { ToastStack } from "../../parts/toast-stack.ts";
import { SHELL } from "../../words/shell-words.ts";
import { followAlerts, loadAlertCounts, refreshQueue } from "../alerts/alerts-state.ts";
import { LivePage } from "../live/live-page.ts";
import { followDetections, refreshFeed } from "../live/live-state.ts";
import { startLive } from "../live-feed.ts";
import { followNotices, loadNotices } from "../notices/notices-state.ts";
import { askWhoIsSignedIn, checkSession, may, session } from "../session-state.ts";
import { SetUpPage } from "../sign-in/set-up-page.ts";
import { SignInPage } from "../sign-in/sign-in-page.ts";
import { followCollectors, loadCollectors } from "../sites/collectors-state.ts";
import { NavRail } from "./nav-rail.ts";
import { TopBar } from "./top-bar.ts";

// The feed is what most people open; the rest comes when it is asked for.
const AlertsPage = lazy(() => import("../alerts/alerts-page.ts").then((page) => page.AlertsPage));
const SearchPage = lazy(() => import("../search/search-page.ts").then((page) => page.SearchPage));
const PlatePage = lazy(() => import("../plate/plate-page.ts").then((page) => page.PlatePage));
const MapPage = lazy(() => import("../map/map-page.ts").then((page) => page.MapPage));
const WatchlistsPage = lazy(() => import("../watchlists/watchlists-page.ts").then((page) => page.WatchlistsPage));
const SitesPage = lazy(() => import("../sites/sites-page.ts").then((page) => page.SitesPage));
const AdminPage = lazy(() => import("../admin/admin-page.ts").then((page) => page.AdminPage));

export function Dashboard() {
  const { path } = useLocation();
  const now = session.value;
  if (path === "/setup") return html`<${SetUpPage} />`;
  if (now.kind === "asking") return html`<p class="visually-hidden" role="status">${SHELL.starting}</p>`;
  if (now.kind === "gone") return html`<main><${ErrorState} problem=${now.problem} onRetry=${askWhoIsSignedIn} /></main>`;
  if (now.kind === "out") return html`<${SignInPage} />`;
  return html`<${SignedIn} />`;
}

function SignedIn() {
  useEffect(() => {
    const undo = [
      followDetections(),
      followAlerts(),
      followCollectors(),
      followNotices(),
      startLive({ onLost: () => void checkSession(), onReturn: catchUp }),
    ];
    void loadCollectors();
    void loadAlertCounts();
    void loadNotices();
    return () => {
      for (const one of undo) one();
    };
  }, []);
  return html`<a class="skip-link" href="#content" target="_self" onClick=${skip}>${SHELL.skip}</a>
    <div class="shell">
      <${NavRail} /><${TopBar} />
      <main id="content" class="shell-main" tabindex="-1">
        <${Router}>
          <${Route} path="/" component=${LivePage} />
          <${Route} path="/alerts" component=${AlertsPage} />
          <${Route} path="/alerts/:id" component=${AlertsPage} />
          <${Route} path="/search" component=${SearchPage} />
          <${Route} path="/plate" component=${PlatePage} />
          <${Route} path="/map" component=${MapPage} />
          <${Route} path="/watchlists" component=${WatchlistsPage} />
          <${Route} path="/watchlists/:id" component=${WatchlistsPage} />
          <${Route} path="/sites" component=${SitesPage} />
          <${Route} path="/sites/:id" component=${SitesPage} />
          ${may("administer") ? html`<${Route} path="/admin" component=${AdminPage} />` : null}
          <${Route} default component=${NotFound} />
        <//>
      </main>
    </div>
    <${ToastStack} />`;
}

/** After a gap in the connection: asks again for what is on show. */
function catchUp(): void {
  void loadCollectors();
  void loadAlertCounts();
  void loadNotices();
  void refreshQueue();
  void refreshFeed();
}

function NotFound() {
  return html`<${EmptyState} title=${SHELL.notFoundTitle} text=${SHELL.notFoundText}><a class="button" href="/">${SHELL.toLive}</a><//>`;
}

function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("content")?.focus();
}
