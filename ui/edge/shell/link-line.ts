/** The link to central in words; and, when the page itself lost the Pi, that. */
import type { SiteStatus } from "../../../shared/api/site-api.ts";
import { html } from "../../html.ts";
import { CARRY } from "../../words/carry-words.ts";
import { SITE } from "../../words/site-page-words.ts";
import { status } from "../site-session.ts";
import { pageLink } from "../site-state.ts";
import { arrangeNotices } from "./arrange-notices.ts";

const TONES = { alarm: "critical", warning: "attention", info: "" } as const;

export function LinkLine() {
  const now = status.value;
  const lost = pageLink.value === "waiting";
  const uplink = now?.uplink;
  const tone = uplink === undefined || uplink.state === "connected" ? "healthy" : uplink.state === "refused" ? "critical" : "attention";
  const { open, folded } = arrangeNotices(now?.notices ?? []);
  return html`<div role="status" aria-live="polite">
    ${lost ? html`<p class="link-line critical"><span class="dot critical"></span>${SITE.pageLost}</p>` : null}
    ${!lost && uplink !== undefined ? html`<p class=${`link-line ${tone === "healthy" ? "" : tone}`}><span class=${`dot ${tone}`}></span><span class="flex-1">${uplink.words}</span>${uplink.state !== "connected" && uplink.waiting > 0 ? html`<a href="#carry" class="whitespace-nowrap text-inherit">${CARRY.title}</a>` : null}</p>` : null}
    ${open.map(noticeLine)}
    ${folded.length === 0 ? null : html`<details class="link-more"><summary class="link-line">${SITE.moreNotices(folded.length)}</summary>${folded.map(noticeLine)}</details>`}
  </div>`;
}

function noticeLine({ at, level, words }: SiteStatus["notices"][number]) {
  const tone = TONES[level];
  return html`<p key=${at + words} class=${`link-line ${tone}`}><span class=${`dot ${tone}`}></span>${words}</p>`;
}
