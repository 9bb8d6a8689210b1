import { test } from "uvu";
import * as assert from "uvu/assert";
import { openPlateList, PLATE_ROWS_MAX, type PlateList, type PlateRow, pictureName } from "./plate-list.ts";
import { seededRandom } from "./seeded-random.ts";

const zone = "America/New_York";
const startMs = Date.parse("2026-04-24T20:16:27.000Z");

function filled(count: number, dropped: string[] = []): { list: PlateList; names: string[] } {
  const list = openPlateList(zone, seededRandom("list"));
  const names: string[] = [];
  for (let i = 1; i <= count; i++) {
    const cameraMs = startMs + i * 1000;
    const picName = pictureName(cameraMs, zone, i);
    names.push(picName);
    const row: PlateRow = {
      picName,
      cameraMs,
      plate: `TZC20${i % 10}`,
      direction: "forward",
      lane: 1,
      crop: Buffer.from(picName),
      onListed: () => undefined,
      onPictureFetched: () => undefined,
      onDropped: () => dropped.push(picName),
    };
    list.add(row);
  }
  return { list, names };
}

const listed = (xml: string): string[] => [...xml.matchAll(/<picName>(\d+)</g)].map((found) => found[1]!);

test("names differ in length, rise with time as text, and are longer than a number can hold", () => {
  const { names } = filled(12);
  assert.equal([...names].sort(), names);
  assert.ok(new Set(names.map((name) => name.length)).size > 1);
  assert.ok(names.some((name) => String(Number(name)) !== name));
});

test("every form of cursor selects the same rows", () => {
  const { list, names } = filled(20);
  const wanted = names.slice(9);
  for (const cursor of [names[9]!, "20260424161637", "20260424T161637", "2026-04-24T20:16:37Z"]) {
    assert.equal(listed(list.answer(cursor)).sort(), wanted, cursor);
  }
  for (const cursor of ["0", "-1"]) assert.is(listed(list.answer(cursor)).length, 20);
});

test("rows come out of time order", () => {
  const { list, names } = filled(20);
  assert.not.equal(listed(list.answer("0")), names);
});

test("the list is bounded, and what nobody ever asked for is noted as dropped", () => {
  const dropped: string[] = [];
  const { list, names } = filled(PLATE_ROWS_MAX + 3, dropped);
  assert.equal(dropped, names.slice(0, 3));
  assert.is(listed(list.answer("0")).length, 100);
});

test.run();
