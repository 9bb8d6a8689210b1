/** The link to central in words; and, when the page itself lost the Pi, that. */
import { html } from "../../html.ts";
import { CARRY } from "../../words/carry-words.ts";
import { SITE } from "../../words/site-page-words.ts";
import { status } from "../site-session.ts";
import { pageLink } from "../site-state.ts";

export function LinkLine() {
  const now = status.value;
  const lost = pageLink.value === "waiting";
  const uplink = now?.uplink;
  const tone = uplink === undefined || uplink.state === "connected" ? "healthy" : uplink.state === "refused" ? "critical" : "attention";
  const notices = (now?.notices ?? []).filter((notice) => notice.level !== "info").slice(0, 2);
  return html`<div role="status" aria-live="polite">
    ${lost ? html`<p class="link-line critical"><span class="dot critical"></span>${SITE.pageLost}</p>` : null}
    ${!lost && uplink !== undefined ? html`<p class=${`link-line ${tone === "healthy" ? "" : tone}`}><span class=${`dot ${tone}`}></span><span class="flex-1">${uplink.words}</span>${uplink.state !== "connected" && uplink.waiting > 0 ? html`<a href="#carry" class="whitespace-nowrap text-inherit">${CARRY.title}</a>` : null}</p>` : null}
    ${notices.map((notice) => html`<p key=${notice.at + notice.words} class=${`link-line ${notice.level === "alarm" ? "critical" : "attention"}`}><span class=${`dot ${notice.level === "alarm" ? "critical" : "attention"}`}></span>${notice.words}</p>`)}
  </div>`;
}
