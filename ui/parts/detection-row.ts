/** One pass in a list: the picture it was read from, the plate, what, where and when. */
import type { DetectionView } from "../../shared/api/views.ts";
import { html } from "../html.ts";
import { DETECTION, vehicleWords } from "../words/detection-words.ts";
import { explanationShort } from "../words/explanation-words.ts";
import { CropPicture } from "./crop-picture.ts";
import { PassedTime } from "./passed-time.ts";
import { PlateBadge } from "./plate-badge.ts";

export interface DetectionRowProps {
  detection: DetectionView;
  /** Detections in the pass. */
  times: number;
  selected?: boolean;
  /** On the site's own page the site goes without saying. */
  hideSite?: boolean;
  onOpen?: (() => void) | undefined;
  onHover?: (() => void) | undefined;
}
export const DETECTION_ROW_PX = 76;

export function DetectionRow({ detection, times, selected, hideSite, onOpen, onHover }: DetectionRowProps) {
  const place = hideSite ? detection.camera : `${detection.camera} · ${detection.site}`;
  const exact = html`<${PassedTime} detection=${detection} show="clock" />`;
  const when =
    detection.uncertainty_ms === null ? exact : html`<span class="when-exact">${exact}</span><${PassedTime} detection=${detection} />`;
  const content = html`
    <${CropPicture} images=${detection.images} roles=${["crop", "vehicle", "full"]} alt="" width="100%" height="52px" />
    <span class="min-w-0 flex flex-col gap-1">
      <span class="row gap-2 min-w-0 overflow-hidden">
        <${PlateBadge} plate=${detection.plate} region=${detection.region} explanation=${detection.explanation} size="s" />
        ${times > 1 ? html`<span class="tag" title=${DETECTION.timesLong(times)}>${DETECTION.times(times)}</span>` : null}
        ${detection.test ? html`<span class="tag test">${DETECTION.test}</span>` : null}
        ${detection.unconfirmed_key ? html`<span class="tag attention" title=${DETECTION.signedByUnconfirmed}>${DETECTION.unconfirmedKey}</span>` : null}
        ${detection.late ? html`<span class="tag">${DETECTION.late}</span>` : null}
        ${detection.explanation === undefined ? null : html`<span class="tiny truncate">${explanationShort(detection.explanation)}</span>`}
      </span>
      <span class="tiny truncate"><span class="text-ink-2">${place}</span> ${vehicleWords(detection.vehicle) === "" ? "" : `· ${vehicleWords(detection.vehicle)}`}</span>
    </span>
    <span class="tiny text-right flex flex-col gap-1 shrink-0">${when}</span>`;
  const classes = `detection-row${selected ? " selected" : ""}`;
  if (onOpen === undefined) return html`<div class=${classes} onPointerEnter=${onHover}>${content}</div>`;
  return html`<button type="button" class=${`${classes} border-0 border-b border-solid border-line cursor-pointer`} aria-pressed=${selected === true} onClick=${onOpen} onPointerEnter=${onHover}>${content}</button>`;
}
