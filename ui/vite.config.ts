/** How each page is built: one entry, hashed assets, no inline script, so that `default-src 'self'` is enough. */
import { fileURLToPath } from "node:url";
import UnoCSS from "unocss/vite";
import type { InlineConfig } from "vite";
import { unoConfig } from "./uno.config.ts";

export type PageName = "central" | "edge";
export const PAGES: readonly PageName[] = ["central", "edge"];

/** The Vite configuration of one page; `outDir` is emptied and written. */
export function pageBuild(page: PageName, outDir: string): InlineConfig {
  return {
    configFile: false,
    root: fileURLToPath(new URL(`./${page}/`, import.meta.url)),
    // The dashboard has addresses of several levels (/alerts/<id>), so its assets are addressed from the root; the site's page has one.
    base: page === "central" ? "/" : "./",
    logLevel: "warn",
    plugins: [UnoCSS({ ...unoConfig, configFile: false } as never)],
    build: {
      outDir,
      emptyOutDir: true,
      target: ["chrome109", "firefox115", "safari16"],
      // Inlined fonts and pictures would need data: in more directives than img-src.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
    },
  };
}
