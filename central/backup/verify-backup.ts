import { mkdirSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { payloadDigest, recordHash, sameBytes } from "../../shared/log/record.ts";
import { bytesToHex, hexToBytes } from "../../shared/model/ids.ts";
import { BASE_ARCHIVE } from "../db/base-backup.ts";
import type { Db, OpenDb } from "../db/open-db.ts";
import { openDump } from "../db/open-dump.ts";
import { type BackupManifest, BackupTrouble, digestOf, type LogCursor, readManifest, type VerifiedBackup } from "./backup-manifest.ts";
import { holdsTree } from "./check-tree.ts";
import { countRecords, type DatabaseFacts, hashOfRecord, readFacts, recordsFrom } from "./database-facts-rows.ts";
import { findPostgres } from "./find-postgres.ts";
import { DUMP_FILE } from "./make-backup.ts";
import { startScratchPostgres } from "./scratch-postgres.ts";
import { unpackTar } from "./unpack-tar.ts";

export interface VerifyBackupDeps {
  /** Address of the live database: role and name are the same in the copy. */
  readonly url: string;
  /** Folder with the `postgres` program; null: wherever it is found. */
  readonly postgresBin: string | null;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly say: (line: string) => void;
}

export interface Verified {
  readonly backup: VerifiedBackup;
  /** As found inside the copy. */
  readonly cursors: readonly LogCursor[];
  readonly proof: string;
}

/** Records of each log whose chain is recomputed: the newest, and a stretch chosen by chance. */
const SAMPLE_RECORDS = 64;
/** Room beside the copy itself: replaying its log writes. */
const ROOM_FACTOR = 1.2;

/**
 * Brings a backup up on a scratch server, from a copy of its files, and compares: every file's SHA-256, every log's cursor and head,
 * counts, the tree's signed root, and the chains of a sample of records. Throws BackupTrouble with the first thing that differs.
 */
export async function verifyBackup(deps: VerifyBackupDeps, dir: string): Promise<Verified> {
  const manifest = readManifest(dir);
  for (const file of manifest.files) {
    deps.say(`reading ${file.path}`);
    const found = await digestOf(join(dir, file.path)).catch(() => null);
    if (found?.sha256 !== file.sha256 || found.bytes !== file.bytes) {
      throw new BackupTrouble(`${file.path} is not what was written when this backup was made: the backup is damaged.`);
    }
  }
  return withScratch(deps, dir, manifest, async (open) => {
    const facts = await readFacts(open.db, deps.say);
    requireFacts(manifest, facts);
    if (manifest.tree !== null && !(await holdsTree(open.db, manifest.tree))) throw differs("its integrity tree is another");
    deps.say("checking every log");
    const sampled = await checkLogs(open.db, manifest, facts, deps.random);
    const { id, kind, incarnation } = manifest;
    return {
      backup: { id, kind, label: dir, madeMs: Date.parse(manifest.made_at), incarnation, counts: facts.counts, tree: facts.tree },
      cursors: facts.cursors,
      proof: proofOf(manifest, facts, sampled),
    };
  });
}

const differs = (what: string): BackupTrouble => new BackupTrouble(`This backup does not hold what its manifest says: ${what}.`);

async function withScratch<T>(
  deps: VerifyBackupDeps,
  dir: string,
  manifest: BackupManifest,
  work: (open: OpenDb) => Promise<T>,
): Promise<T> {
  if (manifest.kind === "pglite-dump") {
    deps.say("bringing the copy up in memory");
    const open = await openDump(join(dir, DUMP_FILE)).catch((cause: unknown) => {
      throw new BackupTrouble("The copy could not be brought up: it is no database of this release.", { cause });
    });
    return work(open).finally(open.close);
  }
  const program = await findPostgres(manifest.server.split(".")[0]!, deps.postgresBin);
  const scratch = mkdtempSync(join(tmpdir(), "chaverim-verify-"));
  try {
    requireRoom(scratch, manifest);
    const data = join(scratch, "data");
    mkdirSync(data, { mode: 0o700 });
    deps.say(`unpacking a copy in ${scratch}`);
    await unpackTar(join(dir, BASE_ARCHIVE), data);
    deps.say("bringing the copy up");
    const server = await startScratchPostgres(program, data, deps.url);
    try {
      return await work(server.open);
    } finally {
      await server.open.close();
      await server.stop();
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function requireRoom(folder: string, manifest: BackupManifest): void {
  const needed = manifest.files.reduce((sum, file) => sum + file.bytes, 0) * ROOM_FACTOR;
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= needed) return;
  throw new BackupTrouble(`Bringing the copy up needs ${Math.ceil(needed / 1e6)} MB in ${tmpdir()}. Name a larger place by TMPDIR.`);
}

function requireFacts(manifest: BackupManifest, facts: DatabaseFacts): void {
  if (facts.schema !== manifest.schema) throw differs(`its schema is ${facts.schema}, not ${manifest.schema}`);
  for (const [table, count] of Object.entries(manifest.counts)) {
    const found = facts.counts[table] ?? 0;
    if (found < count) throw differs(`${table} has ${found} rows, not ${count}`);
  }
}

/** Answers how many records' chains were recomputed. */
async function checkLogs(db: Db, manifest: BackupManifest, facts: DatabaseFacts, random: () => number): Promise<number> {
  const found = new Map(facts.cursors.map((one) => [one.log, one]));
  for (const { log, next, head } of manifest.cursors) {
    if ((found.get(log)?.next ?? 0) < next) throw differs(`log ${log} ends at ${found.get(log)?.next ?? 0}, not ${next}`);
    if (next > 0 && (await hashOfRecord(db, log, next - 1)) !== head) throw differs(`record ${next - 1} of log ${log} is another`);
  }
  let sampled = 0;
  for (const cursor of facts.cursors) {
    const held = await countRecords(db, cursor.log);
    if (held.count !== cursor.next || held.next !== cursor.next) throw differs(`log ${cursor.log} has gaps`);
    if (cursor.next === 0) continue;
    const newest = Math.max(0, cursor.next - SAMPLE_RECORDS);
    for (const from of new Set([newest, Math.floor(random() * newest)])) sampled += await checkChain(db, cursor, from);
  }
  return sampled;
}

async function checkChain(db: Db, { log, next, head }: LogCursor, from: number): Promise<number> {
  const records = await recordsFrom(db, log, from, SAMPLE_RECORDS);
  const logId = hexToBytes(log);
  let previous: Uint8Array | null = null;
  for (const [index, { header, payload, payloadDigest: digest, hash }] of records.entries()) {
    const isWhole =
      sameBytes(recordHash(logId, header), hash) &&
      sameBytes(header.subarray(32, 64), digest) &&
      (payload === null || sameBytes(payloadDigest(payload), digest)) &&
      (previous === null || sameBytes(header.subarray(0, 32), previous));
    if (!isWhole) throw differs(`record ${from + index} of log ${log} does not verify`);
    previous = hash;
  }
  if (from + records.length === next && (previous === null || bytesToHex(previous) !== head))
    throw differs(`the head of log ${log} is another`);
  return records.length;
}

function proofOf(manifest: BackupManifest, facts: DatabaseFacts, sampled: number): string {
  const tree = manifest.tree === null ? "no integrity tree yet" : `integrity tree of ${manifest.tree.size} leaves`;
  return `${manifest.files.length} files by SHA-256, ${facts.cursors.length} logs by cursor and head, ${facts.counts.log_records ?? 0} records counted, ${sampled} records' chains recomputed, ${tree}`;
}
