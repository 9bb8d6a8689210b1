/** Carry by stick: what waits, the file with its progress, and what central sends back. */
import type { BundleWaitingAnswer } from "../../../shared/api/site-api.ts";
import { html, useEffect, useRef, useState } from "../../html.ts";
import { FileButton } from "../../parts/file-button.ts";
import { ProgressBar } from "../../parts/progress-bar.ts";
import { Segmented } from "../../parts/segmented.ts";
import { EmptyState, ErrorState, LoadingRows, StaleNote } from "../../parts/state-panel.ts";
import { TimeText } from "../../parts/time-text.ts";
import { aboutWords, CARRY, type CarryImages, countedWords, fileBytes, progressPart, progressWords } from "../../words/carry-words.ts";
import { bytesWords } from "../../words/site-words.ts";
import { status } from "../site-session.ts";
import { type BroughtState, bringAnswer, brought, fileWasAsked, followWaiting, loadWaiting, waiting } from "./carry-state.ts";

export function CarryView() {
  useEffect(() => followWaiting(), []);
  const { value, problem, loading } = waiting.value;
  return html`<section class="site-section" aria-label=${CARRY.title}>
    <div class="stack gap-1"><h2 class="heading">${CARRY.title}</h2><p class="quiet">${CARRY.text}</p></div>
    <div class="site-card">
      ${value !== undefined && problem !== undefined ? html`<${StaleNote} problem=${problem} onRetry=${loadWaiting} />` : null}
      ${
        value !== undefined
          ? html`<${FileCard} waiting=${value} />`
          : problem !== undefined
            ? html`<${ErrorState} problem=${problem} onRetry=${loadWaiting} />`
            : loading
              ? html`<${LoadingRows} rows=${2} height=${64} awaited=${CARRY.awaited} />`
              : null
      }
    </div>
    <${AnswerCard} />
    <${NeighbourCard} />
  </section>`;
}

function FileCard({ waiting }: { waiting: BundleWaitingAnswer }) {
  const body =
    waiting.making !== null
      ? html`<div class="p-4 stack gap-3"><p class="font-medium">${progressWords(waiting.making)}</p><${ProgressBar} label=${CARRY.progress} part=${progressPart(waiting.making)} /><p class="quiet">${CARRY.making}</p></div>`
      : waiting.refusal !== null
        ? html`<${EmptyState} title=${waiting.records === 0 ? CARRY.nothingTitle : CARRY.cannotTitle} text=${waiting.refusal} />`
        : html`<${SaveFile} waiting=${waiting} />`;
  return html`${body}${waiting.making === null ? html`<${LastFile} last=${waiting.last} />` : null}`;
}

function SaveFile({ waiting }: { waiting: BundleWaitingAnswer }) {
  const [images, setImages] = useState<CarryImages>("all");
  const choices: readonly (readonly [CarryImages, string])[] = [
    ["all", CARRY.all],
    ["alerts", CARRY.alerts],
    ["none", CARRY.none],
  ];
  const asked = () => {
    fileWasAsked();
    void loadWaiting();
  };
  return html`<div class="p-4 flex flex-col gap-4">
    <div><p class="quiet">${CARRY.waits}</p><p class="text-[1.125rem] font-semibold">${countedWords(waiting.records, waiting.images.count)}</p></div>
    ${
      waiting.images.count === 0
        ? null
        : html`<div class="field"><span>${CARRY.pictures}</span><${Segmented} name="carry-pictures" label=${CARRY.pictures} value=${images} options=${choices} onChange=${setImages} wide /></div>`
    }
    <a class="button primary large" href=${`/api/bundle?images=${images}`} download onClick=${asked}>${CARRY.save}<span class="font-normal opacity-90">${aboutWords(fileBytes(waiting, images))}</span></a>
  </div>`;
}

function LastFile({ last }: { last: BundleWaitingAnswer["last"] }) {
  if (last === null) return null;
  const notes = [
    ...(last.whole ? [] : [CARRY.broken]),
    ...(last.whole && last.full ? [CARRY.full] : []),
    ...(last.missing > 0 ? [CARRY.missing(last.missing)] : []),
  ];
  return html`<div class="px-4 py-3 border-0 border-t border-solid border-line stack gap-1">
    <p class="quiet">${CARRY.lastWhole} · <${TimeText} at=${last.at} zone=${status.value?.site.time_zone ?? "UTC"} /></p>
    <p class="break-words">${last.file}</p>
    <p class="tiny">${countedWords(last.records, last.images)}, ${bytesWords(last.bytes)}</p>
    ${notes.map((words) => html`<p key=${words} class="text-attention">${words}</p>`)}
  </div>`;
}

function NeighbourCard() {
  const lines = status.value?.neighbours ?? [];
  if (lines.length === 0) return null;
  return html`<div class="site-card p-4 flex flex-col gap-3">
    <div class="stack gap-1"><h3 class="heading">${CARRY.neighboursTitle}</h3><p class="quiet">${CARRY.neighboursText}</p></div>
    <ul class="list-none m-0 p-0 flex flex-col gap-2">
      ${lines.map(
        ({ words, at }) => html`<li key=${words} class="stack gap-1">
          <p class="break-words">${words}</p>
          ${at === null ? null : html`<p class="quiet"><${TimeText} at=${at} zone=${status.value?.site.time_zone ?? "UTC"} /></p>`}
        </li>`,
      )}
    </ul>
  </div>`;
}

function AnswerCard() {
  const now = brought.value;
  const card = useRef<HTMLDivElement | null>(null);
  useEffect(() => {
    if (now.kind === "taken" || now.kind === "refused") card.current?.scrollIntoView({ block: "center" });
  }, [now]);
  const isBusy = now.kind === "reading" || now.kind === "sending";
  return html`<div ref=${card} class="site-card p-4 flex flex-col gap-3">
    <div class="stack gap-1"><h3 class="heading">${CARRY.answerTitle}</h3><p class="quiet">${CARRY.answerText}</p></div>
    <div role="status" aria-live="polite" class="empty:hidden"><${Brought} now=${now} /></div>
    <${FileButton} label=${CARRY.answerChoose} large disabled=${isBusy} onFiles=${(files: readonly File[]) => void bringAnswer(files[0]!)} />
  </div>`;
}

function Brought({ now }: { now: BroughtState }) {
  switch (now.kind) {
    case "none":
      return null;
    case "reading":
      return html`<p class="quiet">${CARRY.answerReading}</p>`;
    case "sending":
      return html`<div class="stack gap-2"><p class="quiet">${now.sent >= now.bytes ? CARRY.answerPutting : CARRY.answerSent(bytesWords(now.sent), bytesWords(now.bytes))}</p><${ProgressBar} label=${CARRY.answerProgress} part=${now.bytes === 0 ? 1 : now.sent / now.bytes} /></div>`;
    case "taken":
    case "refused": {
      const tone = now.kind === "refused" ? "critical" : "healthy";
      return html`<p class=${`link-line rounded-[6px] border-0 ${tone}`}><span class=${`dot ${tone}`}></span><span class="min-w-0"><span class="block break-words">${now.words}</span><span class="block font-normal text-[0.8125rem] break-words">${now.file}</span></span></p>`;
    }
  }
}
