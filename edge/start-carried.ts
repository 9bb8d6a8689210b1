/** What is brought here from central without a line, put together: the page, the folder and the command take it the same way. */
import { join } from "node:path";
import type { Logger } from "pino";
import type { Command } from "../shared/protocol/frames.ts";
import type { EdgeConfig } from "./config.ts";
import type { Closers, StartedStore } from "./start-store.ts";
import { CENTRAL_KEYS } from "./start-uplink.ts";
import { inboxFolder, watchInbox } from "./sync/carried-inbox.ts";
import { openPinnedCentral } from "./sync/pinned-central.ts";
import { makeTakeDown } from "./sync/take-down.ts";
import { type ReceiptOutcome, takeReceipt } from "./sync/take-receipt.ts";

export interface CarriedDown {
  readonly takeReceipt: (bytes: Uint8Array) => Promise<ReceiptOutcome>;
  readonly takeDown: (bytes: AsyncIterable<Uint8Array>) => Promise<ReceiptOutcome>;
}

export interface StartCarriedDeps {
  readonly config: EdgeConfig;
  readonly store: StartedStore;
  readonly onCommand: (command: Command) => void;
  /** Whether central is being talked to at this moment. */
  readonly isConnected: () => boolean;
  readonly log: Logger;
}

/** Central's keys are read when they are needed: they may be pinned meanwhile. */
export function startCarried({ config, store, onCommand, isConnected, log }: StartCarriedDeps, closers: Closers): CarriedDown {
  const { credentials, keys, reader, writer, clock } = store;
  const { collectorId, home } = config;
  const pinned = () => openPinnedCentral(credentials.pathOf(CENTRAL_KEYS));
  const shared = { reader, writer, log, collectorId, deviceKeys: keys, moment: clock.moment, onCommand, isConnected };
  const carried = {
    takeReceipt: (bytes: Uint8Array) => takeReceipt({ pinned: pinned(), reader, writer, isConnected }, bytes),
    takeDown: makeTakeDown(() => ({ ...shared, pinned: pinned(), carriedFile: join(home, "data", "carried-list.part") })),
  };
  closers.push(watchInbox({ folder: inboxFolder(home), ...carried, monoMs: clock.monoMs, log }));
  return carried;
}
