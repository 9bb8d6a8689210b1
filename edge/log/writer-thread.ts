/**
 * The one writer: a worker thread, because better-sqlite3 is synchronous and nothing could arrive on the main thread meanwhile. It
 * drains its port (at most 256 commands), carries them out in one transaction, commits, answers, repeats. With one command waiting it
 * commits at once; under load the batch grows by itself, and with it the work done per fsync.
 */
import { randomBytes } from "node:crypto";
import { uptime } from "node:os";
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { makeSigner, signingKeysFromSeed } from "../../shared/crypto/device-keys.ts";
import { loadSodium } from "../../shared/crypto/load-sodium.ts";
import type { Moment } from "../../shared/log/chain.ts";
import { type EdgeStore, openStore } from "./open-store.ts";
import { openSnapshotQueue } from "./snapshot-queue.ts";
import { isMachineTrouble, troubleWords } from "./store-trouble.ts";
import { BATCH_COMMANDS_MAX, type FromWriter, type ToWriter, type WriterCommand, type WriterData } from "./writer-messages.ts";

/** How often checkpoints by age and the WAL are looked at when nothing else happens. */
const IDLE_MS = 1_000;

const port = parentPort as MessagePort;
const data = workerData as WriterData;
let latest = data.moment;

const say = (message: FromWriter): void => port.postMessage(message);

/** Time as the main thread last said it, moved on by the machine's uptime. */
function now(): Moment {
  const monoMs = Math.round(uptime() * 1000);
  return { ...latest, monoMs, wallMs: latest.wallMs + Math.max(0, monoMs - latest.monoMs) };
}

async function start(): Promise<EdgeStore> {
  await loadSodium();
  const keys = signingKeysFromSeed(data.seed);
  const device = { publicKey: keys.publicKey, sign: makeSigner(keys) };
  return openStore({ home: data.home, collector: data.collector, device, random: randomBytes, now });
}

function work(store: EdgeStore): void {
  let isClosed = false;
  /** Work for idle moments, between other commands and a piece at a time: a car that passes meanwhile waits for one piece at most. */
  const chore = (verb: "offerAgain" | "prune", isDue: () => boolean): (() => void) => {
    let isSoon = false;
    const doPiece = (): void => {
      isSoon = false;
      if (isClosed || !isDue()) return;
      const { outcomes, news } = store.run([{ verb, args: [now()] }]);
      say({ kind: "answers", answers: [], news });
      // A disk that refuses is asked again when idle.
      if (outcomes[0]?.ok) soon();
    };
    const soon = (): void => {
      if (!isSoon) setImmediate(doPiece);
      isSoon = true;
    };
    return soon;
  };
  const soonOfferAgain = chore("offerAgain", store.isOffering);
  const soonPrune = chore("prune", store.isPruning);

  const idle = setInterval(() => {
    store.checkpointIfDue();
    store.tidy();
    soonOfferAgain();
    soonPrune();
  }, IDLE_MS);

  const close = (): void => {
    isClosed = true;
    clearInterval(idle);
    store.close();
    say({ kind: "closed" });
    port.close();
  };

  const snapshots = openSnapshotQueue(store, now, say);
  let isStaging = false;
  const soonSnapshotPiece = (): void => {
    if (isStaging) return;
    isStaging = true;
    setImmediate(() => {
      isStaging = false;
      if (!isClosed && snapshots.piece()) soonSnapshotPiece();
    });
  };
  soonSnapshotPiece();

  const runBatch = (received: readonly WriterCommand[]): void => {
    latest = received.at(-1)!.moment;
    const batch = received.filter((command) => !snapshots.take(command));
    if (batch.length < received.length) soonSnapshotPiece();
    if (batch.length === 0) return;
    const { outcomes, news } = store.run(batch);
    say({ kind: "answers", answers: outcomes.map((outcome, at) => ({ ...outcome, id: batch[at]!.id })), news });
    if (store.isDamaged()) throw new Error("data/events.db is damaged; the next start carries over what can be read of it");
    if (news.some((one) => one.kind === "logs")) soonOfferAgain();
  };

  port.on("message", (first: ToWriter) => {
    const batch: WriterCommand[] = [];
    for (let message: ToWriter | undefined = first; message !== undefined; message = next(batch.length)) {
      if ("close" in message) {
        if (batch.length > 0) runBatch(batch);
        return close();
      }
      batch.push(message);
    }
    runBatch(batch);
  });
}

function next(taken: number): ToWriter | undefined {
  return taken >= BATCH_COMMANDS_MAX ? undefined : (receiveMessageOnPort(port)?.message as ToWriter | undefined);
}

start().then(
  (store) => {
    work(store);
    say({ kind: "ready" });
  },
  (error: unknown) => {
    const { message } = error as Error;
    say({
      kind: "failed",
      words: isMachineTrouble(error) ? `The store in ${data.home} cannot be opened. ${troubleWords(error)}` : message,
    });
    port.close();
  },
);
