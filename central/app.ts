/** Central as a running program: its foundation, its parts, its port; closed in the opposite order. */
import { ensureFirstAdministrator } from "./auth/first-administrator.ts";
import { type Composed, composeCentral } from "./compose-central.ts";
import type { CentralConfig } from "./config.ts";
import { type Foundation, openFoundation } from "./foundation.ts";
import { type Listening, listen } from "./http/listen.ts";
import { serveUpgrades } from "./http/upgrades.ts";

export interface CentralApp {
  readonly url: string;
  readonly port: number;
  readonly foundation: Foundation;
  readonly stop: () => Promise<void>;
}

/** Starts central. `print` writes a line for the person at the console. */
export async function startCentral(config: CentralConfig, print: (line: string) => void): Promise<CentralApp> {
  const base = await openFoundation(config);
  let parts: Composed | undefined;
  try {
    parts = await composeCentral(base);
    const first = await ensureFirstAdministrator(base, config.adminEmail, config.adminPassword);
    const listening = await listen(parts.http, { host: config.host, port: config.port, tls: config.tls });
    serveUpgrades(listening.server, parts.upgrades, base.log);
    const url = config.publicUrl ?? `${config.tls === null ? "http" : "https"}://${shownHost(config.host)}:${listening.port}`;
    print(`Central listens on ${url}`);
    if (first.kind === "link") print(`First administrator: open ${url}/setup#${first.token} (works once, for 30 minutes)`);
    if (parts.pages === "missing") print("The pages are not built yet: npm run build");
    base.log.info({ port: listening.port, images: parts.images, database: base.open.engine }, "started");
    return { url, port: listening.port, foundation: base, stop: () => stopCentral(base, parts!, listening) };
  } catch (error) {
    await stopCentral(base, parts, undefined);
    throw error;
  }
}

async function stopCentral(base: Foundation, parts: Composed | undefined, listening: Listening | undefined): Promise<void> {
  for (const upgrade of parts?.upgrades ?? []) upgrade.close();
  await listening?.close();
  await parts?.stop();
  await base.close();
  parts?.markClean();
}

function shownHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
