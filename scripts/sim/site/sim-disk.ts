/**
 * The disk of one site: a folder with the store's real SQLite files. What a power cut leaves is made from the bytes that SQLite wrote
 * and had synced: with `synchronous=FULL` each commit is, with NORMAL only what a checkpoint moved.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EdgeStore } from "../../../edge/log/open-store.ts";
import type { SeededRandom } from "../../demo/town/seeded-random.ts";
import { PictureFiles } from "./picture-files.ts";

const DATABASE = join("data", "events.db");
const WAL = join("data", "events.db-wal");
/** Written durably, each file as a whole. */
const CONFIG = "config";
const SECTOR_BYTES = 512;

/** What of the bytes beyond the synced ones is still there: thousandths; the last sector of it may be garbage. */
export interface Tail {
  readonly kept: number;
  readonly torn: boolean;
}

/** A card as it was at one moment. */
export interface CardCopy {
  readonly folder: string;
  readonly pictures: PictureFiles;
}

export class SimDisk {
  home: string;
  pictures = new PictureFiles();
  /** Bytes of the WAL that a power cut cannot take. */
  syncedBytes = 0;
  private readonly root: string;
  private life = 0;
  private syncsCommits = true;

  constructor(root: string) {
    this.root = root;
    this.home = join(root, "0");
    mkdirSync(join(this.home, "data"), { recursive: true });
  }

  walBytes(): number {
    return statSync(join(this.home, WAL), { throwIfNoEntry: false })?.size ?? 0;
  }

  /** A store was opened. Its `synchronous` is asked of the connection itself, so that a store opened with less is a store that loses. */
  noteOpened(store: EdgeStore): void {
    this.syncsCommits = store.db.pragma("synchronous", { simple: true }) === 2;
    this.syncedBytes = this.syncsCommits ? this.walBytes() : 0;
  }

  noteCommit(): void {
    if (this.syncsCommits) this.syncedBytes = this.walBytes();
  }

  /** The store has put a damaged file aside. */
  wasPutAside(): boolean {
    return readdirSync(join(this.home, "data")).some((name) => name.includes(".damaged-2"));
  }

  /** The files as they are, for whoever puts them back or into another machine one day. */
  copy(name: string): CardCopy {
    const folder = join(this.root, name);
    mkdirSync(join(folder, "data"), { recursive: true });
    for (const file of [DATABASE, WAL]) if (existsSync(join(this.home, file))) copyFileSync(join(this.home, file), join(folder, file));
    this.copyConfig(folder);
    return { folder, pictures: this.pictures.copy() };
  }

  /** Another card lies in the machine from now on: that copy. */
  putBack({ folder, pictures }: CardCopy): void {
    this.home = folder;
    this.pictures = pictures.copy();
    this.syncedBytes = this.walBytes();
  }

  /** The machine is gone: the files as they are found at the next start, in a folder of their own. */
  crash(tail: Tail, random: SeededRandom): void {
    const next = this.nextHome();
    copyFileSync(join(this.home, DATABASE), join(next, DATABASE));
    this.copyConfig(next);
    if (this.walBytes() > 0) {
      const wal = readFileSync(join(this.home, WAL));
      const unsynced = Math.max(0, wal.length - this.syncedBytes);
      const kept = this.syncedBytes + Math.floor((unsynced * tail.kept) / 1000);
      const left = Buffer.from(wal.subarray(0, kept));
      if (tail.torn && kept > this.syncedBytes) tear(left, Math.max(this.syncedBytes, kept - SECTOR_BYTES), random);
      writeFileSync(join(next, WAL), left);
    }
    this.pictures.crash(tail, random);
    this.home = next;
  }

  /** An empty card. */
  replace(): void {
    this.home = this.nextHome();
    this.pictures = new PictureFiles();
    this.syncedBytes = 0;
  }

  private copyConfig(folder: string): void {
    const from = join(this.home, CONFIG);
    if (!existsSync(from)) return;
    mkdirSync(join(folder, CONFIG));
    for (const name of readdirSync(from)) copyFileSync(join(from, name), join(folder, CONFIG, name));
  }

  private nextHome(): string {
    this.life += 1;
    const next = join(this.root, String(this.life));
    mkdirSync(join(next, "data"), { recursive: true });
    return next;
  }

  /** Files of lives that are over. */
  forget(home: string): void {
    if (home !== this.home) rmSync(home, { recursive: true, force: true });
  }
}

function tear(bytes: Buffer, from: number, random: SeededRandom): void {
  for (let at = from; at < bytes.length; at++) bytes[at] = random.whole(0, 255);
}
