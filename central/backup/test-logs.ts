/** Received logs for the tests of this room: a real merge of real signed records. */
import type { Db } from "../db/open-db.ts";
import { openLogs } from "../ingest/session-rows.ts";
import { addDetection, appendOf, type TestLog, testCollector, testLog } from "../ingest/test-collector.ts";
import { mergeAppend } from "../merge/merge-append.ts";
import { bindKey, mergeDepsOf, registerCollector } from "../merge/test-world.ts";

/** A log that central has as its edge has it: the genesis record and `detections` more. */
export async function receivedLog(db: Db, detections: number): Promise<TestLog> {
  const owner = testCollector();
  await registerCollector(db, owner.id);
  await bindKey(db, owner.id, owner.deviceKey);
  const log = testLog(owner);
  await db.transaction().execute((tx) => openLogs(tx, owner.id, [log.logId], owner.session, Date.now()));
  await receiveMore(db, log, detections, 0);
  return log;
}

export async function receiveMore(db: Db, log: TestLog, detections: number, from = log.records.length): Promise<void> {
  for (let n = 0; n < detections; n++) addDetection(log);
  const answer = await mergeAppend(mergeDepsOf(db), { collectorId: log.owner.id, append: appendOf(log, from), direct: true });
  if (answer.kind !== "at") throw new Error(answer.kind);
}
