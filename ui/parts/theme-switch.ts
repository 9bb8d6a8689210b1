/** Light, dark, or as the device says. */
import { type ThemeChoice, themeChoice } from "../data/theme.ts";
import { html } from "../html.ts";
import { THEME } from "../words/account-words.ts";
import { Segmented } from "./segmented.ts";

const OPTIONS: readonly (readonly [ThemeChoice, string])[] = [
  ["system", THEME.system],
  ["light", THEME.light],
  ["dark", THEME.dark],
];

export function ThemeSwitch() {
  const choose = (value: ThemeChoice) => {
    themeChoice.value = value;
  };
  return html`<${Segmented} name="theme" label=${THEME.label} value=${themeChoice.value} options=${OPTIONS} onChange=${choose} wide />`;
}
