/** The command that makes a Raspberry Pi this collector: everything but the key, which is pasted and so stays out of the shell's history. */
import type { MadeCollector, NewCollector } from "./admin-state.ts";

/** One line for a POSIX shell; `central` is the address under which the edge reaches central. */
export function edgeCommand(made: MadeCollector, wanted: NewCollector, central: string): string {
  const { ed25519, x25519 } = made.central_public_keys;
  const { name, latitude, longitude, time_zone } = wanted.site;
  const place = latitude === null || longitude === null ? [] : ["--latitude", String(latitude), "--longitude", String(longitude)];
  const facts = ["--site", name, ...place, "--time-zone", time_zone];
  const words = [
    "init",
    "--home",
    "/opt/chaverim-edge",
    "--central",
    central,
    "--collector",
    made.collector.id,
    "--central-key",
    `${ed25519}:${x25519}`,
    ...facts,
  ];
  return `npm run edge -- ${words.map(quoted).join(" ")}`;
}

/** A site's name may hold anything; in single quotes a shell reads it as it is. */
function quoted(word: string): string {
  return /^[A-Za-z0-9_./:=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
