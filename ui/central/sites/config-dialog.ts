/** A site's configuration as text: edited, sent, and answered by the site in the same place. A refusal puts the cursor on its line. */
import type { CollectorView, ConfigAnswer } from "../../../shared/api/central-api.ts";
import type { Problem } from "../../data/api-client.ts";
import { html, type InputEventOf, useEffect, useRef, useState } from "../../html.ts";
import { Dialog } from "../../parts/dialog.ts";
import { ErrorState, LoadingRows } from "../../parts/state-panel.ts";
import { COMMAND_STATE, CONFIG, configWords, refusedLine } from "../../words/command-words.ts";
import { commands, loadConfig, sendConfig } from "./commands-state.ts";

const REASON_MAX = 200;

export function ConfigDialog({ collector, onClose }: { collector: CollectorView; onClose: () => void }) {
  const [config, setConfig] = useState<ConfigAnswer | undefined>(undefined);
  const [problem, setProblem] = useState<Problem | undefined>(undefined);
  const ask = async () => {
    setProblem(undefined);
    const answer = await loadConfig(collector.id);
    if (answer.ok) setConfig(answer.value);
    else setProblem(answer.problem);
  };
  useEffect(() => void ask(), []);
  return html`<${Dialog} title=${CONFIG.title(collector.site)} onClose=${onClose} wide>
    ${
      config !== undefined
        ? html`<${ConfigForm} collector=${collector} config=${config} onClose=${onClose} />`
        : problem !== undefined
          ? html`<${ErrorState} problem=${problem} onRetry=${ask} />`
          : html`<${LoadingRows} rows=${4} awaited=${CONFIG.awaited} />`
    }<//>`;
}

function ConfigForm({ collector, config, onClose }: { collector: CollectorView; config: ConfigAnswer; onClose: () => void }) {
  const [yaml, setYaml] = useState(config.yaml);
  const [reason, setReason] = useState("");
  const [basedOn, setBasedOn] = useState(config.wanted_revision ?? 0);
  const [sentId, setSentId] = useState<string | undefined>(undefined);
  const [words, setWords] = useState("");
  const [busy, setBusy] = useState(false);
  const text = useRef<HTMLTextAreaElement | null>(null);
  const sent = commands.value.value?.commands.find((one) => one.id === sentId);
  const refusal = sent?.state === "refused" ? sent.words : words;
  useEffect(() => selectLine(text.current, refusedLine(refusal)), [refusal]);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setWords("");
    setSentId(undefined);
    const answer = await sendConfig(collector.id, { yaml, reason: reason.trim(), basedOn });
    setBusy(false);
    if (!answer.ok) return setWords(answer.problem.words);
    setSentId(answer.value.id);
    setBasedOn(answer.value.revision ?? basedOn);
  };
  return html`<form class="flex flex-col gap-4" onSubmit=${submit}>
    <p class="quiet">${CONFIG.text}</p>
    <p class="tiny">${configWords(collector.wanted_config_revision, collector.config_revision) ?? ""}</p>
    <label class="field"><span>${CONFIG.yaml}</span><textarea ref=${text} class="input" style="font-family:var(--mono);min-height:320px;white-space:pre;overflow:auto" spellcheck=${false} wrap="off" autofocus value=${yaml} onInput=${(event: InputEventOf<HTMLTextAreaElement>) => setYaml(event.currentTarget.value)}></textarea></label>
    <label class="field"><span>${CONFIG.reason}</span><input class="input" required minlength="3" maxlength=${REASON_MAX} value=${reason} onInput=${(event: InputEventOf) => setReason(event.currentTarget.value)} autocomplete="off" /><small>${CONFIG.reasonHint}</small></label>
    <p role="alert" class="text-critical empty:hidden">${words}</p>
    ${sent === undefined ? null : html`<p class="row items-start" role="status"><span class=${`tag ${COMMAND_STATE[sent.state][1]}`}>${COMMAND_STATE[sent.state][0]}</span><span>${sent.result_at === null ? CONFIG.onItsWay : sent.words}</span></p>`}
    <div class="row justify-end"><button type="button" class="button" onClick=${onClose}>${CONFIG.close}</button><button class="button primary" disabled=${busy}>${busy ? CONFIG.sending : CONFIG.send}</button></div></form>`;
}

/** Puts the cursor on a line, from 1, with the line selected. */
function selectLine(area: HTMLTextAreaElement | null, line: number | undefined): void {
  if (area === null || line === undefined) return;
  const lines = area.value.split("\n");
  const from = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  area.focus();
  area.setSelectionRange(from, from + (lines[line - 1]?.length ?? 0));
}
