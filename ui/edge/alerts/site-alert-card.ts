/** One alert for one hand: picture, plate, place, time, why, and three buttons. "It is them" goes by way of the picture. */
import type { AlertItemView } from "../../../shared/api/views.ts";
import { html, useState } from "../../html.ts";
import { DismissDialog, EscalateDialog, inexactPlate } from "../../parts/alert-dialogs.ts";
import { CompareDialog } from "../../parts/compare-dialog.ts";
import { CropPicture } from "../../parts/crop-picture.ts";
import { ExplanationText } from "../../parts/explanation-text.ts";
import { PassedTime } from "../../parts/passed-time.ts";
import { PlateBadge } from "../../parts/plate-badge.ts";
import { TimeText } from "../../parts/time-text.ts";
import { ALERTS, STATE_TONE, STATE_WORDS } from "../../words/alert-words.ts";
import { DETECTION } from "../../words/detection-words.ts";
import { SITE } from "../../words/site-page-words.ts";
import { WATCHLISTS } from "../../words/watchlist-words.ts";
import { exceptPlate, workAlert } from "../site-state.ts";

type Open = "none" | "compare" | "dismiss" | "escalate";

export function SiteAlertCard({ item }: { item: AlertItemView }) {
  const [open, setOpen] = useState<Open>("none");
  const [busy, setBusy] = useState(false);
  const { detection } = item;
  const lead = item.alerts[0];
  const act = async (verb: Parameters<typeof workAlert>[1], args?: Parameters<typeof workAlert>[2]) => {
    setBusy(true);
    const answer = await workAlert(item, verb, args);
    setBusy(false);
    if (answer.ok) setOpen("none");
    return answer;
  };
  const close = () => setOpen("none");
  const closed = item.state === "dismissed" || item.state === "escalated";
  return html`<article class=${`site-card enter ${item.state === "new" ? "fresh" : ""} ${item.critical ? "urgent" : ""}`} aria-label=${`${SITE.alerts}: ${detection?.plate ?? ""}`}>
    <div class="p-3 flex flex-col gap-3">
      <div class="row justify-between flex-wrap">
        <span class="row flex-wrap gap-1">
          <span class=${`tag ${STATE_TONE[item.state]}`}>${STATE_WORDS[item.state]}</span>
          ${item.critical ? html`<span class="tag critical">${WATCHLISTS.critical}</span>` : null}
          ${item.test ? html`<span class="tag test">${DETECTION.test}</span>` : null}
          ${item.late ? html`<span class="tag">${DETECTION.late}</span>` : null}
        </span>
        <span class="quiet">${detection == null ? html`<${TimeText} at=${item.raised_at} zone="UTC" show="both" />` : html`<${PassedTime} detection=${detection} show="both" />`}</span>
      </div>
      ${
        detection === null
          ? html`<p class="quiet">${ALERTS.detectionMissing}</p>`
          : html`<${CropPicture} images=${detection.images} roles=${["full", "vehicle", "crop"]} alt=${`${DETECTION.scene}, ${detection.camera}`} width="100%" height="16:9" onOpen=${() => setOpen("compare")} />
            <div class="flex flex-wrap justify-between gap-3 items-start">
              <${PlateBadge} plate=${detection.plate} region=${detection.region} explanation=${lead?.explanation} size="l" />
              <div class="flex-1 min-w-[92px] max-w-[150px]"><${CropPicture} images=${detection.images} roles=${["crop"]} alt=${DETECTION.crop} width="100%" height="48px" onOpen=${() => setOpen("compare")} /></div>
            </div>
            <p class="font-medium">${detection.camera}${item.detections > 1 ? html` <span class="tag">${DETECTION.times(item.detections)}</span>` : null}</p>`
      }
      ${item.alerts.map(
        (finding) => html`<div key=${finding.id} class="stack gap-1"><${ExplanationText} explanation=${finding.explanation} />
          <p><span class="font-semibold">${finding.reason}</span> <span class="quiet">· ${finding.watchlist === finding.owner ? finding.owner : `${finding.watchlist}, ${finding.owner}`}</span></p></div>`,
      )}
    </div>
    ${
      closed
        ? null
        : html`<div class="grid grid-cols-3 gap-2 p-3 pt-0">
            ${
              item.state === "verified"
                ? html`<button type="button" class="button primary large" style="grid-column:span 2" disabled=${busy} onClick=${() => setOpen("escalate")}>${SITE.escalate}</button>`
                : html`<button type="button" class="button large" style="padding:0 4px" disabled=${busy || item.state !== "new"} onClick=${() => act("acknowledge")}>${SITE.seen}</button>
                  <button type="button" class="button primary large" style="padding:0 4px" disabled=${busy} onClick=${() => setOpen("compare")}>${SITE.itIsThem}</button>`
            }
            <button type="button" class="button large" style="padding:0 4px" disabled=${busy} onClick=${() => setOpen("dismiss")}>${SITE.notThem}</button>
          </div>`
    }
    ${open === "compare" ? html`<${CompareDialog} item=${item} canVerify=${!closed && item.state !== "verified"} onClose=${close} onVerify=${() => act("verify", { outcome: "it-is-them" })} onNot=${() => setOpen("dismiss")} />` : null}
    ${open === "dismiss" ? html`<${DismissDialog} inexact=${inexactPlate(item)} onNever=${(wrong: string) => exceptPlate(item, wrong)} onClose=${close} onDismiss=${(outcome: string, text: string) => act("dismiss", text === "" ? { outcome } : { outcome, text })} />` : null}
    ${open === "escalate" ? html`<${EscalateDialog} onClose=${close} onEscalate=${(args: Parameters<typeof workAlert>[2]) => act("escalate", args)} />` : null}
  </article>`;
}
