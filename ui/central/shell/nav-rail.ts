/** The pages, in words: a rail at the left, a bar at the bottom on a phone. */
import { useLocation } from "preact-iso";
import { html } from "../../html.ts";
import { Icon, type IconName } from "../../parts/icon.ts";
import { NOTICES } from "../../words/notice-words.ts";
import { SHELL } from "../../words/shell-words.ts";
import { newAlerts } from "../alerts/alerts-state.ts";
import { openNotices } from "../notices/notices-state.ts";
import { may } from "../session-state.ts";

const PLACES: readonly (readonly [path: string, words: string, icon: IconName])[] = [
  ["/", SHELL.live, "live"],
  ["/alerts", SHELL.alerts, "alerts"],
  ["/search", SHELL.search, "search"],
  ["/map", SHELL.map, "map"],
  ["/watchlists", SHELL.watchlists, "lists"],
  ["/sites", SHELL.sites, "sites"],
  ["/admin", SHELL.admin, "admin"],
];

export function NavRail() {
  const { path } = useLocation();
  const fresh = newAlerts.value;
  const unread = openNotices.value;
  return html`<nav class="rail" aria-label=${SHELL.nav}>
    ${PLACES.filter(([to]) => to !== "/admin" || may("administer")).map(([to, words, icon]) => {
      const here = to === "/" ? path === "/" : path.startsWith(to) || (to === "/search" && path === "/plate");
      return html`<a key=${to} href=${to} class="rail-link" aria-current=${here ? "page" : undefined}>
        <${Icon} name=${icon} /><span>${words}</span>
        ${to === "/alerts" && fresh > 0 ? html`<${Count} n=${fresh} words=${SHELL.newAlerts(fresh)} />` : null}
        ${to === "/sites" && unread > 0 ? html`<${Count} n=${unread} words=${NOTICES.waiting(unread)} />` : null}
      </a>`;
    })}
  </nav>`;
}

function Count({ n, words }: { n: number; words: string }) {
  return html`<span class="rail-count" aria-label=${words} title=${words}>${n > 99 ? "99+" : n}</span>`;
}
