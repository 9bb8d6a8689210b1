/** How far a long piece of work is; the count in words stands beside it. */
import { html } from "../html.ts";

/** `part` 0 to 1. */
export function ProgressBar({ label, part }: { label: string; part: number }) {
  const percent = Math.round(Math.min(1, Math.max(0, part)) * 100);
  return html`<div class="progress" role="progressbar" aria-label=${label} aria-valuemin="0" aria-valuemax="100" aria-valuenow=${percent}><div style=${{ width: `${percent}%` }}></div></div>`;
}
