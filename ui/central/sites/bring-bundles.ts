/** Files that sites sent by stick: chosen or dropped here, with progress, what became of each, and what goes back to the site. */
import type { BundleImportAnswer } from "../../../shared/api/central-api.ts";
import { showToast } from "../../data/toasts.ts";
import { html, useEffect, useState } from "../../html.ts";
import { FileButton } from "../../parts/file-button.ts";
import { Icon } from "../../parts/icon.ts";
import { ProgressBar } from "../../parts/progress-bar.ts";
import { BUNDLES, bundleSummary, bundleTag, receiptName } from "../../words/bundle-words.ts";
import { bytesWords } from "../../words/site-words.ts";
import { type BroughtBundle, bringBundles, bundles, receiptBlob, saveAnswer, stopBundle } from "./bundles-state.ts";
import { collectors } from "./collectors-state.ts";

export function BringBundles() {
  return html`<${FileButton} label=${BUNDLES.choose} hint=${BUNDLES.text} icon="carry" several onFiles=${bringBundles} />`;
}

/** Nothing at all while no file was brought in. */
export function BroughtBundles() {
  if (bundles.value.length === 0) return null;
  return html`<section class="stack" aria-label=${BUNDLES.title}><h2 class="heading">${BUNDLES.title}</h2>
    <ul class="panel overflow-hidden" aria-live="polite">${[...bundles.value].reverse().map((one) => html`<${BundleRow} key=${one.id} bundle=${one} />`)}</ul></section>`;
}

function BundleRow({ bundle }: { bundle: BroughtBundle }) {
  const { id, file, now } = bundle;
  const remove = now.kind === "sending" ? BUNDLES.cancel : BUNDLES.remove;
  return html`<li class="entry-row items-start">
    <div class="flex-1 stack gap-1">
      <p class="quiet break-words">${file.name}</p>
      ${now.kind === "waiting" ? html`<p>${BUNDLES.waiting}</p>` : null}
      ${now.kind === "sending" ? html`<${Sending} file=${file} sent=${now.sent} />` : null}
      ${now.kind === "refused" ? html`<p class="row items-start"><span class="tag critical">${BUNDLES.refused}</span><span>${now.words}</span></p>` : null}
      ${now.kind === "done" ? html`<${Outcome} answer=${now.answer} />` : null}
    </div>
    <div class="row flex-wrap" style="min-width:0">
      ${now.kind === "done" ? html`<${AnswerButton} answer=${now.answer} /><${ReceiptLink} file=${file.name} answer=${now.answer} />` : null}
      <button type="button" class="button small" aria-label=${`${remove}: ${file.name}`} onClick=${() => stopBundle(id)}>${now.kind === "sending" ? BUNDLES.cancel : html`<${Icon} name="close" size=${16} />`}</button>
    </div></li>`;
}

function Sending({ file, sent }: { file: File; sent: number }) {
  const all = sent >= file.size;
  return html`<div class="stack gap-2 max-w-[480px]"><p>${all ? BUNDLES.merging : BUNDLES.sent(bytesWords(sent), bytesWords(file.size))}</p><${ProgressBar} label=${BUNDLES.progress(file.name)} part=${file.size === 0 ? 1 : sent / file.size} /></div>`;
}

function Outcome({ answer }: { answer: BundleImportAnswer }) {
  const [words, tone] = bundleTag(answer);
  const known = collectors.value.value?.collectors.find((one) => one.id === answer.collector_id);
  return html`<p class="row flex-wrap"><span class=${`tag ${tone}`}>${words}</span><span class="font-semibold">${bundleSummary(known?.site ?? answer.collector_id, answer)}</span></p>
    <ul class="stack gap-1 quiet max-w-[80ch]">${answer.words.slice(1).map((line) => html`<li key=${line}>${line}</li>`)}</ul>`;
}

/** What goes back on the same stick: the receipt, and what the site lacks of its lists and commands. */
function AnswerButton({ answer }: { answer: BundleImportAnswer }) {
  const [isMaking, setMaking] = useState(false);
  const save = async () => {
    setMaking(true);
    const saved = await saveAnswer(answer);
    setMaking(false);
    if (!saved.ok) showToast(saved.problem.words);
  };
  return html`<button type="button" class="button primary small" title=${BUNDLES.answerHint} disabled=${isMaking} onClick=${save}>${isMaking ? BUNDLES.answerMaking : BUNDLES.answer}</button>`;
}

function ReceiptLink({ file, answer }: { file: string; answer: BundleImportAnswer }) {
  const [address, setAddress] = useState<string | undefined>(undefined);
  useEffect(() => {
    const made = URL.createObjectURL(receiptBlob(answer));
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [answer]);
  return html`<a class="button small" title=${BUNDLES.receiptHint} href=${address} download=${receiptName(file)}>${BUNDLES.receipt}</a>`;
}
