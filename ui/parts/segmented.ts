/** One choice of a few, all of them in sight: radio buttons underneath, so keyboard and screen reader work as everywhere. */
import { html } from "../html.ts";

export interface SegmentedProps<Value extends string> {
  name: string;
  label: string;
  value: Value;
  options: readonly (readonly [value: Value, words: string, count?: number])[];
  onChange: (value: Value) => void;
  wide?: boolean;
}

export function Segmented<Value extends string>({ name, label, value, options, onChange, wide }: SegmentedProps<Value>) {
  return html`<div class=${wide ? "segmented wide" : "segmented"} role="radiogroup" aria-label=${label}>
    ${options.map(
      ([one, words, count]) => html`<label key=${one}>
        <input type="radio" name=${name} value=${one} checked=${one === value} onChange=${() => onChange(one)} />
        <span>${words}</span>${count === undefined ? null : html`<span class="tiny">${count}</span>`}
      </label>`,
    )}
  </div>`;
}
