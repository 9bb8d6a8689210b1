/** A real Chromium for tests and screenshots: the one of the machine, else the one that npm brought. */
import { access } from "node:fs/promises";
import { type Browser, chromium } from "playwright-core";

const INSTALLED = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/usr/bin/google-chrome-stable"];
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Pages are looked at as on a site without a network: map tiles are asked of nobody. One name leads to this machine without being a
  // loopback address, for what browsers do on plain http.
  "--host-resolver-rules=MAP site-pi.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
];
/** The npm build is made for a function host: these two would make the browser another one than people use, or end it with its first page. */
const UNWANTED = ["--disable-web-security", "--single-process", "--no-zygote", "--headless"];

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Starts it; the caller closes it. Throws when there is none that starts. */
export async function openBrowser(): Promise<Browser> {
  for (const executablePath of INSTALLED) {
    if (await isThere(executablePath)) return chromium.launch({ executablePath, args: FLAGS });
  }
  const { default: bundled } = await import("@sparticuz/chromium");
  const args = [...new Set([...bundled.args.filter((flag) => !UNWANTED.some((one) => flag.startsWith(one))), ...FLAGS])];
  return chromium.launch({ executablePath: await bundled.executablePath(), args });
}
