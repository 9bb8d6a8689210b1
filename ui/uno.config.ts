/** Utilities for layout and rhythm; colours come from the tokens in style/tokens.css, so that both themes stay one set of classes. */
import { presetMini, type UserConfig } from "unocss";

const token = (name: string) => `var(--${name})`;

export const unoConfig: UserConfig = {
  presets: [presetMini({ preflight: "on-demand", dark: { dark: '[data-theme="dark"]', light: '[data-theme="light"]' } })],
  // The Vite plugin leaves .ts files out unless it is told so, and then every class is missing without a word.
  content: { pipeline: { include: [/\.ts($|\?)/, /\.html($|\?)/] } },
  theme: {
    colors: {
      ground: token("ground"),
      surface: token("surface"),
      raised: token("raised"),
      line: token("line"),
      ink: { DEFAULT: token("ink"), 2: token("ink-2"), 3: token("ink-3") },
      accent: token("accent"),
      critical: token("critical"),
      attention: token("attention"),
      healthy: token("healthy"),
    },
    breakpoints: { md: "760px", lg: "1100px", xl: "1360px" },
  },
  shortcuts: {
    row: "flex items-center gap-2",
    stack: "flex flex-col gap-2",
    quiet: "text-ink-2 text-[0.875rem]",
    tiny: "text-ink-3 text-[0.8125rem]",
    panel: "bg-surface border border-solid border-line rounded-[6px]",
    heading: "text-[1rem] font-semibold m-0",
    title: "text-[1.375rem] font-semibold m-0 tracking-[-0.01em]",
  },
};
