/** The open alert: both pictures large, why it matched, who asked for it, what was done, and the next act. */
import { useLocation } from "preact-iso";
import type { AlertItemView } from "../../../shared/api/views.ts";
import type { AlertOpArguments, AlertVerb } from "../../../shared/model/alert.ts";
import { pageAddress, plateAddress } from "../../data/url-state.ts";
import { html, useLayoutEffect, useState } from "../../html.ts";
import { DismissDialog, EscalateDialog, inexactPlate, NoteDialog } from "../../parts/alert-dialogs.ts";
import { CompareDialog } from "../../parts/compare-dialog.ts";
import { CropPicture, pickImage } from "../../parts/crop-picture.ts";
import { ExplanationText } from "../../parts/explanation-text.ts";
import { MapView } from "../../parts/map-view.ts";
import { PassedTime } from "../../parts/passed-time.ts";
import { PlateBadge } from "../../parts/plate-badge.ts";
import { TimeText } from "../../parts/time-text.ts";
import { WorkLog } from "../../parts/work-log.ts";
import { ALERTS, STATE_TONE, STATE_WORDS } from "../../words/alert-words.ts";
import { confidenceWords, DETECTION, DIRECTION_WORDS, vehicleWords } from "../../words/detection-words.ts";
import { WATCHLISTS } from "../../words/watchlist-words.ts";
import { may } from "../session-state.ts";
import { typing } from "../shell/top-bar.ts";
import { collectors } from "../sites/collectors-state.ts";
import { exceptPlate, openedPictures, pictureOpened, workAlert } from "./alerts-state.ts";
import { type ActName, allowedActs } from "./allowed-acts.ts";

type Open = "none" | "compare" | "escalate" | "dismiss" | "note";

export function OpenAlert({ item, backTo }: { item: AlertItemView; backTo: string }) {
  const { route } = useLocation();
  const [open, setOpen] = useState<Open>("none");
  const { detection } = item;
  const images = detection?.images ?? [];
  const atHand = pickImage(images, ["crop", "full", "vehicle"])?.state === "stored";
  const acts = allowedActs(item.state, { opened: openedPictures.value.has(item.id), atHand });
  const act = async (verb: AlertVerb, args?: AlertOpArguments) => {
    const answer = await workAlert(item, verb, args);
    if (answer.ok) setOpen("none");
    return answer;
  };
  const openPicture = () => {
    pictureOpened(item.id);
    setOpen("compare");
  };
  const start: Readonly<Record<ActName, () => void>> = {
    acknowledge: () => void act("acknowledge"),
    verify: openPicture,
    escalate: () => setOpen("escalate"),
    dismiss: () => setOpen("dismiss"),
  };
  // With the drawing, not after it: a key pressed right then meets the acts that are on show.
  useLayoutEffect(() => {
    if (!may("work-alerts")) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]") !== null) return;
      const found = acts.find((one) => one.key === event.key.toLowerCase());
      if (found === undefined || found.why !== undefined) return;
      event.preventDefault();
      start[found.name]();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });
  const lead = item.alerts[0];
  const plate = detection?.plate ?? lead?.explanation.plate ?? null;
  const place = placeOf(item);
  const zone = detection?.time_zone ?? "UTC";
  const close = () => setOpen("none");

  return html`<article class="p-4 md:p-6 flex flex-col gap-6 max-w-[1100px]">
    <header class="flex flex-col gap-3">
      <div class="row flex-wrap gap-2">
        <a class="button small lg:hidden" href=${backTo}>← ${ALERTS.title}</a>
        <span class=${`tag ${STATE_TONE[item.state]}`}>${STATE_WORDS[item.state]}</span>
        ${item.critical ? html`<span class="tag critical">${WATCHLISTS.critical}</span>` : null}
        ${item.test ? html`<span class="tag test">${DETECTION.test}</span>` : null}
        ${item.late ? html`<span class="tag">${ALERTS.late}</span>` : null}
        ${detection?.unconfirmed_key ? html`<span class="tag attention">${DETECTION.unconfirmedKey}</span><span class="tiny">${DETECTION.signedByUnconfirmed}</span>` : null}
      </div>
      <div class="flex flex-wrap items-start gap-x-6 gap-y-3">
        <h2 class="m-0"><${PlateBadge} plate=${plate} region=${detection?.region} explanation=${lead?.explanation} size="xl" href=${plate === null ? undefined : plateAddress(plate, "alert-follow-up")} /></h2>
        <div class="stack gap-0 flex-1 basis-[320px] min-w-0"><p class="font-semibold text-[1.0625rem]">${detection === null ? ALERTS.detectionMissing : `${detection.camera}, ${detection.site}`}</p>
          <p class="quiet"><${When} item=${item} /></p>
          ${detection === null ? null : html`<p class="quiet">${[vehicleWords(detection.vehicle), DIRECTION_WORDS[detection.direction], `${DETECTION.confidence.toLowerCase()} ${confidenceWords(detection)}`, item.detections > 1 ? DETECTION.timesLong(item.detections) : ""].filter((one) => one !== "").join(" · ")}</p>`}</div>
      </div>
      ${may("work-alerts") ? html`<${Acts} acts=${acts} start=${start} onNote=${() => setOpen("note")} />` : null}
    </header>
    <div class="grid gap-3 md:grid-cols-[3fr_2fr]">
      <${CropPicture} images=${images} roles=${["full", "vehicle"]} alt=${DETECTION.scene} width="100%" height="16:9" eager onOpen=${openPicture} />
      <div class="flex flex-col gap-3">
        <${CropPicture} images=${images} roles=${["crop"]} alt=${DETECTION.crop} width="100%" height="clamp(96px, 15vh, 170px)" eager onOpen=${openPicture} />
        <${MapView} class="flex-1 min-h-[150px] panel" label=${detection?.camera ?? ""} places=${place === undefined ? [] : [place]} />
      </div>
    </div>
    <div class="grid gap-6 md:grid-cols-2">
      <section class="panel p-4 flex flex-col gap-3"><h3 class="heading">${ALERTS.whyMatched}</h3>
        ${item.alerts.map(
          (finding) => html`<div key=${finding.id} class="stack"><${ExplanationText} explanation=${finding.explanation} />
            <dl class="facts"><dt>${ALERTS.reason}</dt><dd class="font-semibold">${finding.reason}</dd>
              <dt>${ALERTS.list}</dt><dd><a href=${`/watchlists/${finding.watchlist_id}`}>${finding.watchlist}</a></dd><dt>${ALERTS.owner}</dt><dd>${finding.owner}</dd>
              <dt>${ALERTS.expires}</dt><dd><${TimeText} at=${finding.expires_at} zone=${zone} show="day" /></dd>
              <dt>${ALERTS.foundBy}</dt><dd>${finding.raised_by.map((one) => ALERTS[one]).join(" and ")}</dd></dl></div>`,
        )}
        ${plate === null ? null : html`<a href=${pageAddress("/plate", {}, { plate, reason: "alert-follow-up" })}>${ALERTS.earlierLink}</a>`}
      </section>
      <section class="panel p-4 flex flex-col gap-3"><h3 class="heading">${ALERTS.work}</h3><${WorkLog} work=${item.work} zone=${zone} /></section>
    </div>
    ${open === "compare" ? html`<${CompareDialog} item=${item} canVerify=${may("work-alerts") && acts.some((one) => one.name === "verify" && one.why === undefined)} onClose=${close} onVerify=${() => act("verify", { outcome: "it-is-them" })} onNot=${() => setOpen("dismiss")} />` : null}
    ${open === "escalate" ? html`<${EscalateDialog} onClose=${close} onEscalate=${(args: AlertOpArguments) => act("escalate", args)} />` : null}
    ${
      open === "dismiss"
        ? html`<${DismissDialog} inexact=${inexactPlate(item)} onNever=${(wrong: string) => exceptPlate(item, wrong)} onClose=${close} onDismiss=${async (
            outcome: string,
            text: string,
          ) => {
            const answer = await act("dismiss", text === "" ? { outcome } : { outcome, text });
            if (answer.ok) route(backTo);
            return answer;
          }} />`
        : null
    }
    ${open === "note" ? html`<${NoteDialog} onClose=${close} onNote=${(text: string) => act("note", { text })} />` : null}
  </article>`;
}

/** The moment and how long ago that is; where nobody knows the time, how long ago is left unsaid. */
function When({ item: { detection, raised_at: raised } }: { item: AlertItemView }) {
  if (detection === null) return html`<${TimeText} at=${raised} zone="UTC" show="absolute" /> · <${TimeText} at=${raised} zone="UTC" />`;
  const ago = detection.uncertainty_ms === null ? null : html` · <${PassedTime} detection=${detection} />`;
  return html`<${PassedTime} detection=${detection} show="absolute" />${ago}`;
}

interface ActsProps {
  acts: ReturnType<typeof allowedActs>;
  start: Readonly<Record<ActName, () => void>>;
  onNote: () => void;
}

function Acts({ acts, start, onNote }: ActsProps) {
  const lead = acts.find((one) => one.why === undefined && one.name !== "dismiss" && one.name !== "acknowledge") ?? acts[0];
  const blocked = acts.find((one) => one.name === "escalate")?.why;
  return html`<div class="stack">
    <div class="flex flex-wrap gap-2">
      ${acts.map((one) => html`<button key=${one.name} type="button" class=${`button ${one === lead ? "primary" : ""}`} disabled=${one.why !== undefined} title=${one.why} aria-keyshortcuts=${one.key} onClick=${start[one.name]}>${ALERTS[one.name]} <kbd class="hidden md:inline">${one.key.toUpperCase()}</kbd></button>`)}
      <button type="button" class="button plain" onClick=${onNote}>${ALERTS.note}</button>
    </div>
    ${blocked === undefined || blocked === ALERTS.already ? null : html`<p class="tiny">${ALERTS.escalate}: ${blocked}</p>`}
  </div>`;
}

/** Where the detecting camera stands, for those who may see it. */
function placeOf(item: AlertItemView) {
  const collector = collectors.value.value?.collectors.find((one) => one.id === item.detection?.collector_id);
  const camera = collector?.cameras.find((one) => one.id === item.detection?.camera_id);
  const latitude = camera?.latitude ?? collector?.latitude ?? null;
  const longitude = camera?.longitude ?? collector?.longitude ?? null;
  if (item.detection === null || latitude === null || longitude === null) return undefined;
  return {
    id: item.detection.camera_id,
    latitude,
    longitude,
    label: `${item.detection.camera}, ${item.detection.site}`,
    tone: "lit" as const,
  };
}
