import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { CentralId } from "../../shared/model/ids.ts";
import { writeDurably } from "../write-durably.ts";
import { openKnownNeighbours } from "./known-neighbours.ts";
import { CENTRAL_ID, device, newFolder, removeFolders } from "./test-neighbour-world.ts";

test.after(removeFolders);

const open = (file: string) => openKnownNeighbours({ file, writeDurably });
const [A, B] = [device("A"), device("B")];
const OTHER = "22".repeat(16) as CentralId;

test("without a list nobody is trusted; central's newest word replaces the one before, and is known after a restart without an uplink", () => {
  const file = join(newFolder(), "known.json");
  const known = open(file);
  assert.is(known.find(CENTRAL_ID, A.collectorId, A.deviceKey), undefined);
  known.take(CENTRAL_ID, [A, B]);
  assert.is(open(file).find(CENTRAL_ID, A.collectorId, A.deviceKey)?.name, "A");
  known.take(CENTRAL_ID, [B]);
  for (const one of [known, open(file)]) {
    assert.is(one.find(CENTRAL_ID, A.collectorId, A.deviceKey), undefined);
    assert.equal([one.count(), one.nameOf(B.collectorId)], [1, "B"]);
  }
  known.take(CENTRAL_ID, []);
  assert.is(open(file).count(), 0);
});

test("a key holds for its own collector and for the central that named it", () => {
  const known = open(join(newFolder(), "known.json"));
  known.take(CENTRAL_ID, [A, B]);
  assert.is(known.find(CENTRAL_ID, A.collectorId, B.deviceKey), undefined);
  assert.is(known.find(CENTRAL_ID, B.collectorId, A.deviceKey), undefined);
  assert.is(known.find(OTHER, A.collectorId, A.deviceKey), undefined);
});

test("a damaged list is no list; the same word twice is written once", () => {
  const file = join(newFolder(), "known.json");
  let written = 0;
  const known = openKnownNeighbours({
    file,
    writeDurably: (...what) => {
      written += 1;
      writeDurably(...what);
    },
  });
  known.take(CENTRAL_ID, [A]);
  known.take(CENTRAL_ID, [A]);
  assert.is(written, 1);
  const text = readFileSync(file, "utf8");
  for (const damaged of ["", text.slice(0, -20), text.replace(/"deviceKey":"../, '"deviceKey":"zz'), "[]", "{}"]) {
    writeFileSync(file, damaged);
    assert.is(open(file).count(), 0, damaged.slice(0, 40));
  }
});

test.run();
