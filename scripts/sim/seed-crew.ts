import { Worker } from "node:worker_threads";
import type { SeedOrder, SeedReport } from "./seed-messages.ts";

/**
 * Has orders carried out by `workers` threads, each taking the next as soon as it is free. `next` undefined: no more. Resolves when all
 * have come to rest; every report is told as it comes.
 */
export async function runCrew(workers: number, next: () => SeedOrder | undefined, told: (report: SeedReport) => void): Promise<void> {
  await Promise.all(Array.from({ length: workers }, () => work(next, told)));
}

async function work(next: () => SeedOrder | undefined, told: (report: SeedReport) => void): Promise<void> {
  const worker = new Worker(new URL("./seed-worker.ts", import.meta.url), { resourceLimits: { maxYoungGenerationSizeMb: 64 } });
  const ended = new Promise<never>((_, reject) => {
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`a worker ended with ${code}`)));
  });
  // Its end is awaited only while it has work.
  ended.catch(() => {});
  try {
    for (let order = next(); order !== undefined; order = next()) {
      const report = new Promise<SeedReport>((resolve) => worker.once("message", resolve));
      worker.postMessage(order);
      told(await Promise.race([report, ended]));
    }
  } finally {
    await worker.terminate();
  }
}
