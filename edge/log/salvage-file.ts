/**
 * A store's file that SQLite calls damaged (a worn card, a bad block): put aside, and whatever can still be read of it carried into a new
 * one. Nothing is believed for that: chains are checked afterwards (`leave-broken-logs.ts`), every other table is an index or can be had
 * again. The damaged file stays beside it for support, the newest only.
 */
import { existsSync, linkSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import Database from "better-sqlite3";
import { syncFolder } from "../write-durably.ts";
import { eventsFile, openWriting } from "./open-database.ts";

/** Above this a whole check at each start would keep a Pi from watching for too long; damage is then met where it is read. */
const CHECKED_WHOLE_BYTES_MAX = 64 * 1024 * 1024;
/** SQLite's own, and the counts that triggers keep. */
const NOT_CARRIED = new Set(["image_counts", "sqlite_sequence", "sqlite_stat1"]);

export interface OpenedFile {
  readonly db: Database.Database;
  /** The file before was damaged, and this one holds what could be read of it. */
  readonly isSalvaged: boolean;
  /** Its newest commits are missing: the WAL could not be read at all. */
  readonly isTailLost: boolean;
}

const markFile = (home: string): string => join(home, "data", "events.db.damaged-mark");

/** Damage was met while the store was in use: the next start carries over what can be read. */
export function markDamaged(home: string): void {
  writeFileSync(markFile(home), "");
}

/** For a fault that was met anywhere, also by those who only read: marks the file when the fault is its damage, and answers whether. */
export function noteIfDamage(home: string, fault: unknown): boolean {
  if (!isDamage(fault)) return false;
  markDamaged(home);
  return true;
}

/** SQLite says IOERR_CORRUPTFS of a sector that cannot be read, where no statement runs yet that would make CORRUPT of it. */
export function isDamage(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" && /^SQLITE_(CORRUPT|NOTADB|IOERR_CORRUPTFS)/.test(code);
}

/** The writing connection to a sound file. Throws as `openWriting` does; never for damage. A stop in the middle is gone on with. */
export function openOrSalvage(home: string, nowMs: number): OpenedFile {
  const file = eventsFile(home);
  const salvaged = `${file}.salvaged`;
  let isTailLost = false;
  // Once it stands under this name it is whole, and newer than what may be left of the damaged file: that may lack its WAL by now.
  if (!existsSync(salvaged)) {
    const db = existsSync(markFile(home)) ? null : openIfSound(home);
    if (db !== null) return { db, isSalvaged: false, isTailLost };
    isTailLost = salvage(home, file, `${salvaged}.part`);
    renameSync(`${salvaged}.part`, salvaged);
    syncFolder(dirname(file));
  }
  putAside(file, nowMs);
  renameSync(salvaged, file);
  syncFolder(dirname(file));
  rmSync(markFile(home), { force: true });
  return { db: openWriting(home), isSalvaged: true, isTailLost };
}

function openIfSound(home: string): Database.Database | null {
  let db: Database.Database | null = null;
  try {
    db = openWriting(home);
    const bytes = (db.pragma("page_count", { simple: true }) as number) * (db.pragma("page_size", { simple: true }) as number);
    if (bytes > CHECKED_WHOLE_BYTES_MAX || db.pragma("quick_check(1)", { simple: true }) === "ok") return db;
  } catch (error) {
    db?.close();
    if (isDamage(error)) return null;
    throw error;
  }
  db.close();
  return null;
}

/** Whole under its own name before the damaged file is touched. Answers whether the damaged file's WAL was left out. */
function salvage(home: string, damaged: string, salvaged: string): boolean {
  removeWhole(salvaged);
  const into = openWriting(home, salvaged);
  const isTailLost = carryOver(damaged, into);
  into.pragma("wal_checkpoint(truncate)");
  into.close();
  return isTailLost;
}

const PARTS = ["", "-wal", "-shm"];

function removeWhole(file: string): void {
  for (const suffix of PARTS) rmSync(file + suffix, { force: true });
}

function putAside(file: string, nowMs: number): void {
  if (!PARTS.some((suffix) => existsSync(file + suffix))) return;
  for (const name of readdirSync(dirname(file))) {
    if (name.startsWith(`${basename(file)}.damaged-2`)) rmSync(join(dirname(file), name), { force: true });
  }
  const aside = `${file}.damaged-${new Date(nowMs).toISOString().replaceAll(/[:.]/g, "")}`;
  // The WAL first: beside another main file it would be taken for that one's.
  for (const suffix of ["-wal", "-shm", ""]) if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
}

/** What can be read of the file; without its WAL when that is what cannot be read. Answers whether the WAL was left out. */
function carryOver(damaged: string, into: Database.Database): boolean {
  const whole = openDamaged(damaged);
  if (whole !== null || !existsSync(`${damaged}-wal`)) {
    carryTables(whole, into);
    return false;
  }
  // SQLite looks for a WAL by the name of the file: under another name it has none.
  const alone = `${damaged}.alone`;
  removeWhole(alone);
  linkSync(damaged, alone);
  const from = openDamaged(alone);
  carryTables(from, into);
  removeWhole(alone);
  return from !== null;
}

/** Every row that can be read, from both ends of each table towards the damage. */
function carryTables(from: Database.Database | null, into: Database.Database): void {
  if (from === null) return;
  const tables = into.prepare("select name from sqlite_schema where type = 'table'").pluck().all() as string[];
  into.transaction(() => {
    for (const table of tables) if (!NOT_CARRIED.has(table)) carryTable(from, into, table);
  })();
  from.close();
}

function openDamaged(file: string): Database.Database | null {
  let db: Database.Database | null = null;
  try {
    db = new Database(file);
    db.prepare("select count(*) from sqlite_schema").get();
    return db;
  } catch (error) {
    db?.close();
    if (isDamage(error)) return null;
    throw error;
  }
}

function carryTable(from: Database.Database, into: Database.Database, table: string): void {
  const known = columnsOf(from, table);
  const columns = columnsOf(into, table).filter(({ name }) => known.some((one) => one.name === name));
  if (columns.length === 0) return;
  const names = columns.map(({ name }) => `"${name}"`).join(", ");
  const key = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
  const insert = into.prepare(`insert or ignore into "${table}" (${names}) values (${columns.map(() => "?").join(", ")})`);
  for (const direction of ["asc", "desc"]) {
    const order = key.length === 0 ? `rowid ${direction}` : key.map(({ name }) => `"${name}" ${direction}`).join(", ");
    try {
      for (const row of from.prepare(`select ${names} from "${table}" order by ${order}`).raw().iterate())
        insert.run(...(row as unknown[]));
      return;
    } catch (error) {
      if (!isDamage(error)) throw error;
    }
  }
}

interface Column {
  readonly name: string;
  /** Place in the primary key, from 1; 0: not part of it. */
  readonly pk: number;
}

function columnsOf(db: Database.Database, table: string): Column[] {
  try {
    return db.prepare(`select name, pk from pragma_table_info(?)`).all(table) as Column[];
  } catch (error) {
    if (isDamage(error)) return [];
    throw error;
  }
}
