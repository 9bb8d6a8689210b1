import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { BytesAt } from "../../shared/crdt/snapshot-bytes.ts";

/** Read at once; a row of usual length is a few hundred bytes. */
const WINDOW_BYTES = 64 * 1024;

export interface SnapshotFile extends BytesAt {
  readonly close: () => void;
}

/** A snapshot as a file that is read from its beginning to its end, some of it at a time: 100,000 entries are 25 MB. */
export function openSnapshotFile(path: string): SnapshotFile {
  const file = openSync(path, "r");
  const { size } = fstatSync(file);
  let window = new Uint8Array(WINDOW_BYTES);
  let start = 0;
  let end = 0;

  const fill = (from: number, to: number): void => {
    if (to - from > window.length) window = new Uint8Array(to - from);
    start = from;
    end = from;
    while (end < to) {
      const read = readSync(file, window, end - start, window.length - (end - start), end);
      if (read === 0) throw new Error("the snapshot's file became shorter");
      end += read;
    }
  };

  return {
    length: size,
    read(from, to) {
      if (from < start || to > end) fill(from, to);
      return window.slice(from - start, to - start);
    },
    close: () => closeSync(file),
  };
}
