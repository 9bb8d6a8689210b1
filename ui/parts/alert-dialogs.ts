/** Asking what an act needs: why an alert is dismissed, to whom it is escalated, what a note says. */
import type { AlertItemView } from "../../shared/api/views.ts";
import type { AlertOpArguments } from "../../shared/model/alert.ts";
import type { Answer } from "../data/api-client.ts";
import { html, type InputEventOf, useState } from "../html.ts";
import { ALERTS, HOW_OPTIONS, OUTCOMES } from "../words/alert-words.ts";
import { Dialog } from "./dialog.ts";
import { Segmented } from "./segmented.ts";

export interface DismissDialogProps {
  /** The plate as read, when an exception for it makes sense: it matched as a look-alike or by a pattern. */
  inexact: string | undefined;
  onClose: () => void;
  onDismiss: (outcome: string, text: string) => Promise<Answer<unknown>>;
  onNever: (plate: string) => void;
}

/** The plate that an exception may be made for; undefined when the match was exact, which only deleting the entry would end. */
export function inexactPlate(item: AlertItemView): string | undefined {
  return item.alerts.some((finding) => finding.explanation.kind !== "exact") ? item.alerts[0]?.explanation.plate : undefined;
}

export function DismissDialog({ inexact, onClose, onDismiss, onNever }: DismissDialogProps) {
  const [text, setText] = useState("");
  const [never, setNever] = useState(false);
  const [words, setWords] = useState("");
  const choose = async (outcome: string) => {
    const answer = await onDismiss(outcome, text.trim());
    if (!answer.ok) return setWords(answer.problem.words);
    if (never && inexact !== undefined) onNever(inexact);
  };
  return html`<${Dialog} title=${ALERTS.dismissTitle} onClose=${onClose}>
    <div class="stack">
      <label class="field"><span>${ALERTS.noteText}</span><input class="input" maxlength="500" value=${text} onInput=${(event: InputEventOf) => setText(event.currentTarget.value)} /></label>
      ${inexact === undefined ? null : html`<label class="row min-h-[44px] cursor-pointer"><input type="checkbox" checked=${never} onChange=${(event: InputEventOf) => setNever(event.currentTarget.checked)} />${ALERTS.never(inexact)}</label>`}
      ${OUTCOMES.map(([outcome, label]) => html`<button key=${outcome} type="button" class="button large" onClick=${() => choose(outcome)}>${label}</button>`)}
      <p role="alert" class="text-critical empty:hidden">${words}</p>
    </div>
  <//>`;
}

export function EscalateDialog({
  onClose,
  onEscalate,
}: {
  onClose: () => void;
  onEscalate: (args: AlertOpArguments) => Promise<Answer<unknown>>;
}) {
  const [how, setHow] = useState("call");
  const [words, setWords] = useState("");
  const submit = async (event: Event) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const field = (name: string) => String(data.get(name) ?? "").trim();
    const args = {
      to: field("to"),
      how,
      ...(field("reference") === "" ? {} : { reference: field("reference") }),
      ...(field("text") === "" ? {} : { text: field("text") }),
    };
    const answer = await onEscalate(args);
    if (!answer.ok) setWords(answer.problem.words);
  };
  return html`<${Dialog} title=${ALERTS.escalateTitle} onClose=${onClose}>
    <form class="flex flex-col gap-4" onSubmit=${submit}>
      <p class="quiet">${ALERTS.escalateText}</p>
      <label class="field"><span>${ALERTS.escalateTo}</span><input class="input" name="to" maxlength="120" required autofocus autocomplete="off" /></label>
      <div class="field"><span>${ALERTS.how}</span><${Segmented} name="how" label=${ALERTS.how} value=${how} options=${HOW_OPTIONS} onChange=${setHow} wide /></div>
      <label class="field"><span>${ALERTS.reference}</span><input class="input" name="reference" maxlength="120" autocomplete="off" /></label>
      <label class="field"><span>${ALERTS.noteText}</span><input class="input" name="text" maxlength="500" autocomplete="off" /></label>
      <p role="alert" class="text-critical empty:hidden">${words}</p>
      <button class="button primary large">${ALERTS.escalate}</button>
    </form>
  <//>`;
}

export function NoteDialog({ onClose, onNote }: { onClose: () => void; onNote: (text: string) => Promise<Answer<unknown>> }) {
  const [words, setWords] = useState("");
  const submit = async (event: Event) => {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget as HTMLFormElement).get("text") ?? "").trim();
    const answer = await onNote(text);
    if (!answer.ok) setWords(answer.problem.words);
  };
  return html`<${Dialog} title=${ALERTS.noteTitle} onClose=${onClose}>
    <form class="flex flex-col gap-4" onSubmit=${submit}>
      <label class="field"><span>${ALERTS.noteText}</span><textarea class="input" name="text" maxlength="500" required autofocus></textarea></label>
      <p role="alert" class="text-critical empty:hidden">${words}</p>
      <button class="button primary">${ALERTS.note}</button>
    </form>
  <//>`;
}
