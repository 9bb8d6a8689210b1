/** A child of kill-writer.test.ts: a camera that numbers its messages, repeats what was not answered, and is killed in the middle. */
import { writeSync } from "node:fs";
import type { BootId } from "../../shared/model/ids.ts";
import { hexToBytes } from "../../shared/model/ids.ts";
import { openWriter } from "./open-writer.ts";
import { COLLECTOR, draftOf, plateOfNumber, readingOf, START_MS, sha256Of } from "./test-store.ts";

const [home, seed, from] = process.argv.slice(2) as [string, string, string];
const started = Date.now();
const now = () => ({
  boot: "00000000000000b1" as BootId,
  monoMs: Date.now() - started,
  wallMs: START_MS + Date.now() - started,
  clockQuality: 3,
});

const writer = await openWriter({
  home,
  collector: COLLECTOR,
  seed: hexToBytes(seed),
  now,
  onNews: () => {},
  onDeath: () => process.exit(2),
});

/** Eight messages under way, as from several cameras. */
let next = Number(from);
const camera = async (): Promise<void> => {
  for (;;) {
    const number = next++;
    await writer.appendDetection(
      draftOf(null, now, { reading: readingOf(plateOfNumber(number)), sourceKey: sha256Of(`message ${number}`) }),
    );
    writeSync(1, `${number}\n`);
  }
};
await Promise.all(Array.from({ length: 8 }, camera));
