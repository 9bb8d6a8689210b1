import { sql } from "kysely";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  boolArray,
  byteaArray,
  dateArray,
  float4Array,
  float8Array,
  int2Array,
  int4Array,
  int8Array,
  textArray,
  timestamptzArray,
  uuidArray,
} from "./binary-arrays.ts";
import { closeTestDb, testDb } from "./test-db.ts";

test.after(closeTestDb);

test("an array comes to the database as it was, nulls included", async () => {
  const db = await testDb();
  const id = "0199a0b0-0000-7000-8000-0000000000ff";
  const { rows } = await sql<Record<string, unknown>>`
    select * from unnest(${uuidArray([id, null])}::uuid[], ${int8Array([-5_000_000_000, null])}::int8[], ${int4Array([7, null])}::int4[],
      ${int2Array([-3, null])}::int2[], ${float4Array([0.5, null])}::float4[], ${float8Array([0.1, null])}::float8[],
      ${boolArray([true, null])}::bool[], ${textArray(['Köln \\ "x", {y}', null])}::text[], ${byteaArray([new Uint8Array([0, 255]), null])}::bytea[],
      ${timestamptzArray([1_795_360_800_123, null])}::timestamptz[], ${dateArray(["2026-11-01", null])}::date[])
      as t(id, big, whole, small, single, double, flag, words, bytes, at, day)`.execute(db);
  assert.equal(rows[0], {
    id,
    big: -5_000_000_000,
    whole: 7,
    small: -3,
    single: 0.5,
    double: 0.1,
    flag: true,
    words: 'Köln \\ "x", {y}',
    bytes: new Uint8Array([0, 255]),
    at: new Date(1_795_360_800_123),
    day: "2026-11-01",
  });
  assert.ok(Object.values(rows[1]!).every((value) => value === null));
});

test("an empty array has no rows", async () => {
  const db = await testDb();
  assert.equal((await sql`select * from unnest(${uuidArray([])}::uuid[])`.execute(db)).rows, []);
});

test("a number that is not whole is refused before it is sent", () => {
  assert.throws(() => int8Array([0.5]), /whole number/);
  assert.throws(() => int2Array([40_000]));
});

test.run();
