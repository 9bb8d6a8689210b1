/** One alert in the queue: picture, plate with its differing characters, why, where and how far the work is. */
import type { AlertItemView } from "../../shared/api/views.ts";
import { html } from "../html.ts";
import { ALERTS, STATE_TONE, STATE_WORDS } from "../words/alert-words.ts";
import { DETECTION } from "../words/detection-words.ts";
import { WATCHLISTS } from "../words/watchlist-words.ts";
import { CropPicture } from "./crop-picture.ts";
import { PassedTime } from "./passed-time.ts";
import { PlateBadge } from "./plate-badge.ts";
import { TimeText } from "./time-text.ts";

export interface AlertRowProps {
  item: AlertItemView;
  href: string;
  selected: boolean;
}

export function AlertRow({ item, href, selected }: AlertRowProps) {
  const { detection } = item;
  const lead = item.alerts[0];
  return html`<a href=${href} aria-current=${selected ? "true" : undefined} class="alert-row">
    <${CropPicture} images=${detection?.images ?? []} roles=${["crop", "vehicle", "full"]} alt="" width="112px" height="64px" />
    <span class="min-w-0 flex-1 flex flex-col gap-1">
      <span class="row justify-between gap-2"><${PlateBadge} plate=${detection?.plate ?? lead?.explanation.plate ?? null} region=${detection?.region} explanation=${lead?.explanation} size="s" />
        <span class="tiny text-right">${detection === null ? html`<${TimeText} at=${item.raised_at} zone="UTC" />` : html`<${PassedTime} detection=${detection} />`}</span></span>
      <span class="truncate font-medium">${lead?.reason ?? ""}</span>
      <span class="row gap-1 min-w-0 flex-wrap">
        <span class=${`tag ${STATE_TONE[item.state]}`}>${STATE_WORDS[item.state]}</span>
        ${item.critical ? html`<span class="tag critical">${WATCHLISTS.critical}</span>` : null}
        ${item.test ? html`<span class="tag test">${DETECTION.test}</span>` : null}
        ${item.late ? html`<span class="tag" title=${ALERTS.late}>${DETECTION.late}</span>` : null}
        ${detection?.unconfirmed_key ? html`<span class="tag attention" title=${DETECTION.signedByUnconfirmed}>${DETECTION.unconfirmedKey}</span>` : null}
        <span class="tiny truncate">${detection === null ? "" : `${detection.camera} · ${detection.site}`}</span>
      </span>
    </span>
  </a>`;
}
