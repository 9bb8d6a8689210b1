/** `bundle export FILE`: works beside a running edge and without one; it only reads. `bundle import FILE`: what central answered, for the running edge. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { defineCommand } from "citty";
import { BUNDLE_BYTES_MAX } from "../shared/bundle/bundle-limits.ts";
import { makeSigner, signingKeysFromSeed } from "../shared/crypto/device-keys.ts";
import { loadSodium } from "../shared/crypto/load-sodium.ts";
import { hexToBytes } from "../shared/model/ids.ts";
import { bootOf, kernelBoot } from "./clock/boot-id.ts";
import { makeEdgeClock } from "./clock/edge-clock.ts";
import { realMachineTime } from "./clock/machine-time.ts";
import { openCredentials } from "./config/credential-store.ts";
import { edgeHome, loadEdgeConfig } from "./config.ts";
import { floorOf } from "./log/clock-floor.ts";
import { makeEdgeLogReader } from "./log/edge-log-reader.ts";
import { eventsFile, openReading } from "./log/open-database.ts";
import { prepareRows } from "./log/store-rows.ts";
import { CENTRAL_KEYS, readApiKey } from "./start-uplink.ts";
import { DOWN_ENDING, inboxFolder, RECEIPT_ENDING, TRIED_AGAIN } from "./sync/carried-inbox.ts";
import { type BundleExport, type ExportDeps, type ExportOptions, exportBundle } from "./sync/export-bundle.ts";
import { openPinnedCentral } from "./sync/pinned-central.ts";
import { EDGE_VERSION, RELEASED_MS } from "./version.ts";
import { syncFolder } from "./write-durably.ts";

const PROGRESS_EVERY_BYTES = 64 * 1024 * 1024;

const exportFile = defineCommand({
  meta: { name: "export", description: "What central has not got yet, sealed into one file for a stick" },
  args: {
    file: { type: "positional", description: "The file to make, such as /media/stick/site.alprbundle", required: true },
    home: { type: "string", description: "Home folder (else CHAVERIM_EDGE_HOME)" },
    images: { type: "string", description: "Pictures: all, alerts or none (all)" },
    "max-mb": { type: "string", description: "The file stops before it is larger (4095, what a FAT32 stick takes)" },
  },
  async run({ args }) {
    const file = resolve(args.file);
    const options = { images: imagesOf(args.images), bytesMax: bytesMaxOf(args["max-mb"]) };
    if (existsSync(file)) throw new Error(`${file} is there already. Choose another name, or remove it first.`);
    const store = await openForExport(edgeHome(args.home));
    try {
      await writeBundle(file, exportBundle(store.deps, options));
    } finally {
      store.close();
    }
  },
});

const importFile = defineCommand({
  meta: {
    name: "import",
    description: "Central's file for this site from a stick (.alprdown or .alprreceipt), handed to the running edge",
  },
  args: {
    file: { type: "positional", description: "The file that central made", required: true },
    home: { type: "string", description: "Home folder (else CHAVERIM_EDGE_HOME)" },
  },
  async run({ args }) {
    const { home } = args;
    console.log(await handIn(inboxFolder(edgeHome(home)), resolve(args.file)));
  },
});

export const bundleCommand = defineCommand({
  meta: { name: "bundle", description: "Records, lists and commands by stick" },
  subCommands: { export: exportFile, import: importFile },
});

/** A list of 100,000 entries takes a Pi a minute or two. */
const ANSWER_MAX_MS = 5 * 60_000;

/** Only the running edge writes its store and carries commands out: it takes the file from its folder and says what became of it. */
async function handIn(folder: string, file: string): Promise<string> {
  const ending = [DOWN_ENDING, RECEIPT_ENDING].find((one) => file.endsWith(one));
  if (ending === undefined) throw new Error(`Central's files for a site end in ${DOWN_ENDING} or ${RECEIPT_ENDING}.`);
  if (!existsSync(file)) throw new Error(`There is no file ${file}.`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const name = join(folder, `${randomBytes(8).toString("hex")}${ending}`);
  await copyFile(file, `${name}.part`);
  await rename(`${name}.part`, name);
  let told = "";
  for (let waitedMs = 0; waitedMs < ANSWER_MAX_MS; waitedMs += 250) {
    const words = (await readFile(`${name}.txt`, "utf8").catch(() => "")).trimEnd();
    if (words !== "" && !existsSync(name)) {
      await rm(`${name}.txt`, { force: true });
      return words;
    }
    if (words.endsWith(TRIED_AGAIN) && words !== told) console.log(words);
    told = words;
    await delay(250);
  }
  return "The edge has not taken the file yet. It lies in its folder and is taken when the edge runs.";
}

async function writeBundle(file: string, made: BundleExport): Promise<void> {
  if (made.kind === "refused") throw new Error(made.words);
  const part = `${file}.part`;
  const out = await open(part, "w", 0o640);
  try {
    let saidBytes = 0;
    for await (const bytes of made.bytes) {
      await out.writeFile(bytes);
      if (made.counts.bytes - saidBytes < PROGRESS_EVERY_BYTES) continue;
      saidBytes = made.counts.bytes;
      console.log(`  ${made.counts.records} of ${made.records} records, ${made.counts.images} pictures, ${megabytes(saidBytes)}`);
    }
    await out.sync();
  } catch (error) {
    await out.close();
    await rm(part, { force: true });
    throw error;
  }
  await out.close();
  await rename(part, file);
  // A stick is pulled out a moment later: its folder must know the name by then.
  syncFolder(dirname(file));
  for (const line of outcomeLines(file, made)) console.log(line);
}

function outcomeLines(file: string, { counts }: Extract<BundleExport, { kind: "bundle" }>): string[] {
  return [
    `${file}: ${counts.records} records and ${counts.images} pictures, ${megabytes(counts.bytes)}.`,
    ...(counts.isCut ? ["It is full: what did not fit goes into the next bundle, after central's receipt for this one was taken."] : []),
    ...(counts.missing > 0 ? [`${counts.missing} pictures are not on this disk as they were recorded; they were left out.`] : []),
    "Only central can open it. Take it there: npm run central -- bundle import FILE writes a receipt beside it.",
    "Bring the receipt back to this site (its page, Stick): only then does it know that its records arrived.",
  ];
}

const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`;

function imagesOf(text: string | undefined): ExportOptions["images"] {
  if (text === undefined) return "all";
  if (text === "all" || text === "alerts" || text === "none") return text;
  throw new Error("--images must be all, alerts or none.");
}

function bytesMaxOf(text: string | undefined): number {
  if (text === undefined) return BUNDLE_BYTES_MAX;
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new Error("--max-mb must be a whole number of megabytes from 1 to 9999.");
  return Math.min(Number(text) * 1024 * 1024, BUNDLE_BYTES_MAX);
}

/** The home's secrets and a read-only look at its store; the lock stays with the edge that may be running. */
async function openForExport(home: string): Promise<{ readonly deps: ExportDeps; readonly close: () => void }> {
  const configured = loadEdgeConfig(home);
  if (configured.kind === "bad") throw new Error(configured.words);
  const { central, collectorId } = configured.config;
  await loadSodium();
  const credentials = openCredentials(home);
  const seed = credentials.read("device-key");
  if (seed === null || !existsSync(eventsFile(home))) throw new Error("This home has no records yet: the edge has never run on it.");
  const apiKey = central === null ? null : readApiKey(central.apiKeyFile);
  if (apiKey === null) throw new Error("The API key is missing: run edge -- init and type it in. Central knows this site by it.");
  const keys = signingKeysFromSeed(hexToBytes(seed));
  const clock = makeEdgeClock({
    machine: realMachineTime(),
    boot: bootOf(home, kernelBoot(), randomBytes),
    floorMs: Math.max(RELEASED_MS, floorOf(home)),
  });
  const db = openReading(home);
  const reader = makeEdgeLogReader({ home, db, rows: prepareRows(db), sign: makeSigner(keys), now: clock.moment });
  const pinned = openPinnedCentral(credentials.pathOf(CENTRAL_KEYS));
  const deps = { apiKey, collectorId, deviceKeys: keys, pinned, reader, randomBytes, version: EDGE_VERSION, now: clock.wallMs };
  return { deps, close: () => db.close() };
}
