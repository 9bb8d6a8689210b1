/**
 * The reference of the ingest bench: the identical final rows of every table that a merge writes, read back from the merged database
 * and inserted into another one of the same server, with the same indexes, partitions, transaction sizes and connections, by unnest. No
 * socket, no decoding, no signature, no chain, no decision. Reading back is outside of the clock, encoding the parameters is inside.
 */
import { sql } from "kysely";
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
} from "../../central/db/binary-arrays.ts";
import type { Db } from "../../central/db/open-db.ts";

type Row = Record<string, unknown>;

/** Column types as in the migrations; `kind` decides how an array of it is encoded. */
const TABLES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  log_records: {
    log_id: "bytea",
    seq: "int8",
    kind: "int2",
    version: "int2",
    rid: "uuid",
    header: "bytea",
    payload: "bytea",
    payload_digest: "bytea",
    hash: "bytea",
  },
  log_checkpoints: { log_id: "bytea", next: "int8", bytes: "bytea", signature: "bytea", received_at: "timestamptz" },
  record_ids: { rid: "uuid", content_digest: "bytea" },
  detection_proofs: { rid: "uuid", log_id: "bytea", seq: "int8", via: "text" },
  detections: {
    id: "uuid",
    captured_at: "timestamptz",
    received_at: "timestamptz",
    wall_ms: "int8",
    mono_ms: "int8",
    boot: "bytea",
    clock_quality: "int2",
    collector_id: "uuid",
    pass: "uuid",
    site_id: "uuid",
    camera_id: "uuid",
    plate: "text",
    plate_read: "text",
    folded: "text",
    confidence: "float8",
    confidence_scale: "int2",
    region: "text",
    direction: "text",
    lane: "int2",
    vehicle_type: "text",
    colour: "text",
    make: "text",
    model: "text",
    speed_kmh: "float4",
    box_x: "int2",
    box_y: "int2",
    box_width: "int2",
    box_height: "int2",
    camera_time_ms: "int8",
    camera_offset_minutes: "int2",
    test: "bool",
    historical: "bool",
  },
  detection_images: { rid: "uuid", role: "text", sha256: "bytea", bytes: "int4" },
  plates: { plate: "text", folded: "text" },
  plate_months: { plate: "text", month: "date" },
  arrivals: { arrival: "int8", rid: "uuid", kind: "int2" },
};

const ENCODE: Readonly<Record<string, (values: readonly never[]) => Buffer>> = {
  uuid: uuidArray,
  bytea: byteaArray,
  int8: int8Array,
  int4: int4Array,
  int2: int2Array,
  float8: float8Array,
  float4: float4Array,
  bool: boolArray,
  text: textArray,
  date: dateArray,
  timestamptz: timestamptzArray,
};

/** What one APPEND left behind, by table. */
export type BatchRows = Readonly<Record<string, readonly Row[]>>;

const BY_RID = [
  ["record_ids", "rid"],
  ["detection_proofs", "rid"],
  ["detections", "id"],
  ["detection_images", "rid"],
  ["arrivals", "rid"],
] as const;

/** Reads the rows of APPENDs back. Plates go to the first batch that has them: `seen` are those of earlier calls. */
export async function readBatches(db: Db, cuts: readonly Cut[], seen: Set<string>): Promise<BatchRows[]> {
  const batches = cuts.map((): Record<string, Row[]> => ({ plates: [], plate_months: [] }));
  const batchOfRid = new Map<string, number>();
  for (const [at, cut] of cuts.entries()) {
    const { logId, from, to } = cut;
    const records =
      await sql<Row>`select * from log_records where log_id = ${logId} and seq >= ${from} and seq < ${to} order by seq`.execute(db);
    const checkpoints = await sql<Row>`select * from log_checkpoints where log_id = ${logId} and next = ${to}`.execute(db);
    batches[at]!.log_records = records.rows;
    batches[at]!.log_checkpoints = checkpoints.rows;
    for (const row of records.rows) batchOfRid.set(row.rid as string, at);
  }
  const rids = uuidArray([...batchOfRid.keys()]);
  for (const [table, column] of BY_RID) {
    const found =
      await sql<Row>`select * from ${sql.table(table)} where ${sql.ref(column)} = any(${rids}::uuid[]) order by ${sql.ref(column)}`.execute(
        db,
      );
    for (const batch of batches) batch[table] = [];
    for (const row of found.rows) batches[batchOfRid.get(row[column] as string)!]![table]!.push(row);
  }
  for (const batch of batches) addPlates(batch, seen);
  return batches;
}

function addPlates(batch: Record<string, Row[]>, seen: Set<string>): void {
  for (const { plate, folded, captured_at } of batch.detections ?? []) {
    if (seen.has(plate as string)) continue;
    seen.add(plate as string);
    batch.plates?.push({ plate, folded });
    batch.plate_months?.push({ plate, month: `${(captured_at as Date).toISOString().slice(0, 7)}-01` });
  }
}

export interface Cut {
  readonly logId: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/** One transaction per batch, on `connections` at once; answers the ms it took. */
export async function insertBatches(db: Db, batches: readonly BatchRows[], connections: number): Promise<number> {
  const startMs = performance.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < batches.length; at = next++) await insertBatch(db, batches[at]!);
  };
  await Promise.all(Array.from({ length: connections }, worker));
  return performance.now() - startMs;
}

/** All tables in one statement: as few round trips as there can be. */
async function insertBatch(db: Db, batch: BatchRows): Promise<void> {
  const inserts = Object.entries(TABLES).map(([table, columns]) => {
    return sql`${sql.raw(`into_${table}`)} as (${insertOf(table, columns, batch[table] ?? [])})`;
  });
  await db.transaction().execute((tx) => sql`/* prepared bare-batch */ with ${sql.join(inserts)} select 1`.execute(tx));
}

function insertOf(table: string, columns: Readonly<Record<string, string>>, rows: readonly Row[]) {
  const names = sql.raw(Object.keys(columns).join(", "));
  const arrays = Object.entries(columns).map(([name, type]) => {
    const values = rows.map((row) => (type === "timestamptz" ? (row[name] as Date).getTime() : row[name])) as never[];
    return sql`${ENCODE[type]!(values)}::${sql.raw(type)}[]`;
  });
  return sql`insert into ${sql.raw(table)} (${names}) select * from unnest(${sql.join(arrays)})`;
}
