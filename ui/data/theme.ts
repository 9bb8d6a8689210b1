/** Light, dark, or as the system says; the choice is kept in this browser. */
import { effect, signal } from "@preact/signals";

export type ThemeChoice = "system" | "light" | "dark";
const KEY = "chaverim-theme";
const stored = localStorage.getItem(KEY);

export const themeChoice = signal<ThemeChoice>(stored === "light" || stored === "dark" ? stored : "system");

/** Keeps `data-theme` of the document in step with the choice and the system. */
export function followTheme(): void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const systemDark = signal(system.matches);
  system.addEventListener("change", () => {
    systemDark.value = system.matches;
  });
  effect(() => {
    const choice = themeChoice.value;
    const dark = choice === "dark" || (choice === "system" && systemDark.value);
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    if (choice === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, choice);
  });
}
