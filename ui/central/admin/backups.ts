/** Whether central is backed up, and if not, for how long the edges can stand in. */
import { html, useEffect } from "../../html.ts";
import { StaleNote } from "../../parts/state-panel.ts";
import { TimeText } from "../../parts/time-text.ts";
import { BACKUPS } from "../../words/sites-page-words.ts";
import { backups, loadBackups } from "./backups-state.ts";

export function Backups() {
  useEffect(() => {
    void loadBackups();
  }, []);
  const { value, problem } = backups.value;
  if (problem === undefined && value === undefined) return null;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return html`<section class="stack" aria-label=${BACKUPS.title}><h2 class="heading">${BACKUPS.title}</h2>
    ${value === undefined ? null : html`<p class="max-w-[76ch]">${value.standing.words}</p>`}
    <div class="panel overflow-hidden">
      ${problem === undefined ? null : html`<${StaleNote} problem=${problem} onRetry=${loadBackups} />`}
      ${
        value === undefined
          ? null
          : html`<ul>${
              value.backups.length === 0
                ? html`<li class="p-4 quiet">${BACKUPS.none}</li>`
                : value.backups.map(
                    (one) => html`<li key=${one.id} class="entry-row"><span class="flex-1 min-w-[160px] break-words">${one.label}</span>
        <span class="tiny">${BACKUPS.made} <${TimeText} at=${one.made_at} zone=${zone} show="both" /></span><span class="tiny">${BACKUPS.verified} <${TimeText} at=${one.verified_at} zone=${zone} show="both" /></span></li>`,
                  )
            }</ul>`
      }
    </div></section>`;
}
