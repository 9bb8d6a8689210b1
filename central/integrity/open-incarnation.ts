import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { bytesToHex, type Incarnation } from "../../shared/model/ids.ts";
import type { Db, OpenDb, Tx } from "../db/open-db.ts";
import { insertLife, type Life, lockLife, newestLife, serverIdentity } from "./life-rows.ts";

export interface IncarnationDeps {
  readonly open: Pick<OpenDb, "db" | "engine">;
  /** PGlite: the file with the clean-shutdown mark. */
  readonly markFile: string;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly nowMs: () => number;
  /** A new life began on a database that had one: pending transaction ids are of another world. */
  readonly onNewLife: (db: Tx | Db) => Promise<void>;
}

export interface OpenIncarnation {
  /** The newest that this process knows of. */
  readonly incarnation: () => Incarnation;
  readonly isNew: boolean;
  /** Read from the database: an edge may have brought a new life about, here or in another process. */
  readonly learn: (incarnation: Incarnation) => void;
  /** PGlite: call after the database was closed in good order. */
  readonly markClean: () => void;
}

/**
 * The life of this database: 16 random bytes beside the server's system identifier and timeline; a difference at start (an older backup
 * was brought up) makes a new one. PGlite never fsyncs, so there any end that was not orderly may have lost commits: new as well.
 */
export async function openIncarnation(deps: IncarnationDeps): Promise<OpenIncarnation> {
  const isEmbedded = deps.open.engine === "pglite";
  const left = isEmbedded ? readMark(deps.markFile) : null;
  const opened = await deps.open.db.transaction().execute(async (tx) => {
    await lockLife(tx);
    const known = await newestLife(tx);
    const server = isEmbedded ? EMBEDDED : await serverIdentity(tx);
    const why = known === undefined ? "first start" : reasonForNew(known, server, isEmbedded, left);
    if (known !== undefined && why === null) return { incarnation: known.incarnation, isNew: false };
    const incarnation = bytesToHex(deps.randomBytes(16)) as Incarnation;
    await insertLife(tx, { incarnation, ...server }, why ?? "", deps.nowMs());
    await deps.onNewLife(tx);
    return { incarnation, isNew: true };
  });
  let { incarnation } = opened;
  const mark = (clean: boolean): void => {
    if (isEmbedded) writeMark(deps.markFile, { incarnation, clean });
  };
  mark(false);
  return {
    incarnation: () => incarnation,
    isNew: opened.isNew,
    learn: (newest) => {
      if (newest === incarnation) return;
      incarnation = newest;
      mark(false);
    },
    markClean: () => mark(true),
  };
}

const EMBEDDED = { systemIdentifier: "pglite", timeline: "" };

interface Mark {
  readonly incarnation: string;
  readonly clean: boolean;
}

function reasonForNew(known: Life, server: Omit<Life, "incarnation">, isEmbedded: boolean, mark: Mark | null): string | null {
  if (isEmbedded) {
    if (mark?.incarnation !== known.incarnation) return "the folder and its mark do not belong together";
    return mark.clean ? null : "the last run did not end in good order";
  }
  if (known.systemIdentifier !== server.systemIdentifier) return "another database server";
  return known.timeline !== server.timeline ? "the server was restored from a backup" : null;
}

function readMark(file: string): Mark | null {
  try {
    const mark = JSON.parse(readFileSync(file, "utf8")) as Partial<Mark>;
    return typeof mark.incarnation === "string" && typeof mark.clean === "boolean"
      ? { incarnation: mark.incarnation, clean: mark.clean }
      : null;
  } catch {
    return null;
  }
}

function writeMark(file: string, mark: Mark): void {
  const partial = `${file}.new`;
  const handle = openSync(partial, "w", 0o600);
  try {
    writeSync(handle, JSON.stringify(mark));
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(partial, file);
}
