/** One column: the link in words, then alerts, detections and the plate form; lists and cameras one tap away. */
import { html, useEffect, useState } from "../../html.ts";
import { Icon, type IconName } from "../../parts/icon.ts";
import { ErrorState } from "../../parts/state-panel.ts";
import { ToastStack } from "../../parts/toast-stack.ts";
import { CARRY } from "../../words/carry-words.ts";
import { SITE } from "../../words/site-page-words.ts";
import { AddPlate } from "../add-plate/add-plate.ts";
import { AlertCards } from "../alerts/alert-cards.ts";
import { CameraList } from "../cameras/camera-list.ts";
import { CarryView } from "../carry/carry-view.ts";
import { LatestDetections } from "../detections/latest-detections.ts";
import { keepScreenOn } from "../keep-awake.ts";
import { loadLists } from "../lists/lists-state.ts";
import { ListsView } from "../lists/lists-view.ts";
import { askSite, siteSession } from "../site-session.ts";
import { loadAlerts, loadDetections, startSiteLive } from "../site-state.ts";
import { LinkLine } from "./link-line.ts";
import { SiteSignIn } from "./site-sign-in.ts";
import { SiteTop } from "./site-top.ts";
import { SoundLine } from "./sound-line.ts";

type View = "now" | "add" | "lists" | "cameras" | "carry";
const VIEWS: readonly (readonly [View, string, IconName])[] = [
  ["now", SITE.now, "alerts"],
  ["add", SITE.add, "plus"],
  ["lists", SITE.lists, "lists"],
  ["cameras", SITE.cameras, "camera"],
  ["carry", CARRY.tab, "carry"],
];

export function SitePage() {
  const now = siteSession.value;
  if (now === "asking") return html`<p class="visually-hidden" role="status">${SITE.awaited}</p>`;
  if (now === "out") return html`<${SiteSignIn} />`;
  if (now !== "in") return html`<main><${ErrorState} problem=${now.problem} onRetry=${askSite} /></main>`;
  return html`<${SignedInSite} />`;
}

function viewOfAddress(): View {
  const name = location.hash.replace(/^#/, "");
  return VIEWS.find(([view]) => view === name)?.[0] ?? "now";
}

function SignedInSite() {
  const [view, setView] = useState<View>(viewOfAddress());
  useEffect(() => {
    const onHash = () => {
      setView(viewOfAddress());
      scrollTo(0, 0);
    };
    addEventListener("hashchange", onHash);
    const stop = startSiteLive();
    const sleepAgain = keepScreenOn();
    void loadAlerts();
    void loadDetections();
    void loadLists();
    return () => {
      removeEventListener("hashchange", onHash);
      stop();
      sleepAgain();
    };
  }, []);
  const show = (next: View) => {
    location.hash = next === "now" ? "" : next;
  };
  return html`<div class="site">
      <header class="site-top"><${SiteTop} /><${LinkLine} /><${SoundLine} /></header>
      <main class="flex-1 pb-6">
        ${view === "now" ? html`<${AlertCards} /><${LatestDetections} /><${AddPlate} />` : null}
        ${view === "add" ? html`<${AddPlate} />` : null}
        ${view === "lists" ? html`<${ListsView} />` : null}
        ${view === "cameras" ? html`<${CameraList} />` : null}
        ${view === "carry" ? html`<${CarryView} />` : null}
      </main>
    </div>
    <nav class="site-nav" aria-label=${SITE.pages}><div>
      ${VIEWS.map(([one, words, icon]) => html`<button key=${one} type="button" aria-current=${one === view ? "page" : undefined} onClick=${() => show(one)}><${Icon} name=${icon} size=${22} /><span>${words}</span></button>`)}
    </div></nav>
    <${ToastStack} />`;
}
