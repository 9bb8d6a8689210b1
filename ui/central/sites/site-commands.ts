/** What a site can be asked for, and what became of what was asked. Whoever only looks sees no buttons. */
import type { CollectorView, CommandView } from "../../../shared/api/central-api.ts";
import { showToast } from "../../data/toasts.ts";
import { html, useEffect, useState } from "../../html.ts";
import { EmptyState, ErrorState, LoadingRows, StaleNote } from "../../parts/state-panel.ts";
import { TimeText } from "../../parts/time-text.ts";
import { COMMAND_STATE, COMMANDS, commandTitle } from "../../words/command-words.ts";
import { may } from "../session-state.ts";
import { askForReport, commands, followCommands, loadCommands } from "./commands-state.ts";
import { ConfigDialog } from "./config-dialog.ts";

export function SiteCommands({ collector }: { collector: CollectorView }) {
  const [editing, setEditing] = useState(false);
  useEffect(() => followCommands(collector.id), [collector.id]);
  const report = async () => {
    const answer = await askForReport(collector.id);
    showToast(answer.ok ? COMMANDS.asked : answer.problem.words);
  };
  return html`<section class="stack" aria-label=${COMMANDS.title}>
    <div class="row justify-between flex-wrap"><h2 class="heading">${COMMANDS.title}</h2><div class="row">
      ${may("ask-sites") ? html`<button type="button" class="button small" onClick=${report}>${COMMANDS.reportNow}</button>` : null}
      ${may("administer") ? html`<button type="button" class="button small" onClick=${() => setEditing(true)}>${COMMANDS.editConfig}</button>` : null}
    </div></div>
    <div class="panel overflow-hidden"><${CommandList} collector=${collector} /></div>
    ${editing ? html`<${ConfigDialog} collector=${collector} onClose=${() => setEditing(false)} />` : null}
  </section>`;
}

function CommandList({ collector }: { collector: CollectorView }) {
  const { value, problem, loading } = commands.value;
  const again = () => void loadCommands(collector.id);
  if (value === undefined) {
    if (problem !== undefined) return html`<${ErrorState} problem=${problem} onRetry=${again} />`;
    return loading ? html`<${LoadingRows} rows=${2} awaited=${COMMANDS.awaited} />` : null;
  }
  if (value.commands.length === 0) return html`<${EmptyState} title=${COMMANDS.none} />`;
  return html`${problem === undefined ? null : html`<${StaleNote} problem=${problem} onRetry=${again} />`}
    <ul class="overflow-y-auto" style="max-height:420px" tabindex="0" aria-label=${COMMANDS.title}>${value.commands.map((one) => html`<${CommandRow} key=${one.id} command=${one} zone=${collector.time_zone} />`)}</ul>`;
}

function CommandRow({ command, zone }: { command: CommandView; zone: string }) {
  const [words, tone] = COMMAND_STATE[command.state];
  return html`<li class="entry-row"><div class="flex-1 min-w-[200px]">
    <p class="row"><span class="font-semibold">${commandTitle(command)}</span><span class=${`tag ${tone}`}>${words}</span></p>
    <p>${command.words}</p>
    <p class="tiny"><${TimeText} at=${command.made_at} zone=${zone} /> · ${COMMANDS.by(command.made_by)} · ${command.reason}</p></div></li>`;
}
