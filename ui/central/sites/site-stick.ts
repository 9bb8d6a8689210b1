/** A file for the stick of a site that has no line: its lists, what waits for it, and what central has of it. */
import type { CollectorView } from "../../../shared/api/central-api.ts";
import { downloadFile } from "../../data/download-file.ts";
import { html, useState } from "../../html.ts";
import { STICK } from "../../words/bundle-words.ts";
import { checkSession, may } from "../session-state.ts";

type Making =
  | { readonly kind: "none" | "making" }
  | { readonly kind: "saved"; readonly name: string }
  | { readonly kind: "refused"; readonly words: string };

/** Nothing for whoever only looks. */
export function SiteStick({ collector }: { collector: CollectorView }) {
  const [now, setNow] = useState<Making>({ kind: "none" });
  if (!may("ask-sites")) return null;
  const make = async () => {
    setNow({ kind: "making" });
    const answer = await downloadFile(`/api/v1/collectors/${collector.id}/down`, {}, () => void checkSession());
    setNow(answer.ok ? { kind: "saved", name: answer.value.name } : { kind: "refused", words: answer.problem.words });
  };
  return html`<section class="stack" aria-label=${STICK.title}>
    <div class="row justify-between flex-wrap"><h2 class="heading">${STICK.title}</h2><button type="button" class="button small" disabled=${now.kind === "making"} onClick=${make}>${now.kind === "making" ? STICK.making : STICK.make}</button></div>
    <div class="panel p-4 stack gap-2"><p class="quiet max-w-[80ch]">${STICK.text}</p>
      <div role="status" aria-live="polite" class="empty:hidden">${
        now.kind === "saved"
          ? html`<p class="row items-start flex-wrap"><span class="tag healthy">${STICK.saved}</span><span class="break-words min-w-0">${now.name}</span></p>`
          : now.kind === "refused"
            ? html`<p class="row items-start"><span class="tag attention">${STICK.refused}</span><span>${now.words}</span></p>`
            : null
      }</div></div>
  </section>`;
}
