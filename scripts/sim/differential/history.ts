/** One history as the differential test needs it: what reached central's database, and the rows that the simulated merge made of it. */
import { bytesToHex } from "../../../shared/model/ids.ts";
import type { CentralTables } from "../central/central-tables.ts";
import type { FaultKind } from "../faults/faults.ts";
import { planSeed, type SeedPlan } from "../faults/plan.ts";
import { runSeed } from "../run-seed.ts";
import type { CentralInput } from "./central-input.ts";

export interface History {
  readonly seed: number;
  readonly inputs: readonly CentralInput[];
  readonly wanted: Lines;
}

/** By table: each row as one line. */
export type Lines = Readonly<Record<string, readonly string[]>>;

function simulatedRows(tables: CentralTables): Lines {
  const logs = [...tables.logs.values()];
  const hex = bytesToHex;
  return {
    collector_logs: logs.map((log) => `${log.logId} ${log.collectorId} ${log.next} ${hex(log.head)} ${log.status} ${log.class}`),
    log_records: logs.flatMap((log) =>
      log.records.map(
        (one) => `${log.logId} ${one.tail.seq} ${hex(one.header)} ${one.payload === null ? null : hex(one.payload)} ${hex(one.hash)}`,
      ),
    ),
    record_ids: [...tables.recordIds].map(([rid, digest]) => `${rid} ${digest}`),
    detections: tables.detections.map((row) => `${row.id} ${row.pass} ${row.plate} ${row.model} ${row.captured_at} ${row.received_at}`),
    detection_revisions: tables.revisions.map((row) => `${row.id} ${row.revises} ${row.plate} ${row.model} ${row.received_at}`),
    detection_proofs: [...tables.proofs.values()].map((one) => `${one.rid} ${one.logId} ${one.seq} ${one.via}`),
    projection_errors: [...tables.errors].map(([place, why]) => `${place} ${why}`),
    entry_ops: [...tables.feeds.feeds.values()].flatMap((feed) =>
      feed.ops.map((op) => `${feed.list} ${op.position} ${op.rid} ${op.effectiveHlc} ${hex(op.runningHash)} ${hex(op.checksum)}`),
    ),
  };
}

/** Putting a database back, and another release, are not the merge's matter. */
const NOT_OF_THE_MERGE: readonly FaultKind[] = ["restore-central", "older-central"];

const ofTheMerge = (plan: SeedPlan): SeedPlan => ({
  ...plan,
  faults: plan.faults.filter((fault) => !NOT_OF_THE_MERGE.includes(fault.kind)),
});

export async function makeHistory(seed: number): Promise<History> {
  const inputs: CentralInput[] = [];
  let wanted: Lines = {};
  await runSeed(ofTheMerge(planSeed(seed)), {
    // When central forgets is a timer's matter, not the merge's: `central/feeds` has its own tests for it.
    forgetsTombstones: false,
    onInput: (input) => inputs.push(input),
    onEnd: (world) => {
      wanted = simulatedRows(world.central.tables);
    },
  });
  return { seed, inputs, wanted };
}
