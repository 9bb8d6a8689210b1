import type { Moment } from "../../shared/log/chain.ts";
import { ALERT_VERSION, encodeAlert } from "../../shared/log/payloads/alert-payload.ts";
import { DETECTION_VERSION, encodeDetection, encodeRevision } from "../../shared/log/payloads/detection-payload.ts";
import { encodeImageDropped, SMALL_VERSION } from "../../shared/log/payloads/site-payloads.ts";
import { decideAlerts } from "../../shared/match/decide-alerts.ts";
import { joinPass, noteRevision } from "../../shared/match/group-passes.ts";
import { matchPlate } from "../../shared/match/match-plate.ts";
import type { Finding } from "../../shared/model/alert.ts";
import type { Reading } from "../../shared/model/detection.ts";
import type { Rid } from "../../shared/model/ids.ts";
import { imagePriority } from "./image-rows.ts";
import { type Appended, append, newRid, type StoreContext } from "./store-context.ts";
import type { DetectionDraft, DetectionStored } from "./store-port.ts";

/**
 * A capture becomes a detection, or a revision of one, or is recognised as said before; with its pass, its pictures' ledger and the
 * alerts it raises, all in the running transaction.
 */
export function appendDetection(context: StoreContext, draft: DetectionDraft): DetectionStored {
  const { rows } = context;
  const { reading, moment } = draft;
  const repeated = rows.sources.detectionOfSource(reading.camera, draft.sourceKey, moment);
  if (repeated !== undefined) return { kind: "known", rid: repeated, pass: passOf(context, repeated), raised: [] };
  const revised = draft.eventKey === null ? undefined : rows.sources.detectionOfEvent(draft.eventKey, moment);
  const written = revised === undefined ? appendNew(context, reading, moment) : appendRevision(context, revised, reading, moment);
  rows.sources.putSource(reading.camera, draft.sourceKey, written.detection, moment);
  if (draft.eventKey !== null) rows.sources.putEvent(draft.eventKey, written.detection, moment);
  putImages(context, draft, written);
  const raised = raise(context, reading, moment, written);
  const { detection: rid, pass } = written;
  context.news.push({ kind: "detection", rid, pass, raised });
  return { kind: revised === undefined ? "stored" : "revised", rid, pass, raised };
}

/** A record of a reading: `rid` is its own; `detection` the one it is or revises. */
interface Written {
  readonly rid: Rid;
  readonly detection: Rid;
  readonly pass: Rid;
  readonly at: Appended;
}

function appendNew(context: StoreContext, reading: Reading, moment: Moment): Written {
  const rid = newRid(context, moment);
  const pass = joinPass(context.state.passes, { rid, ...reading, boot: moment.boot, monoMs: moment.monoMs });
  const fields = encodeDetection({ rid, pass, ...reading });
  const at = append(context, "detections", { kind: "detection", version: DETECTION_VERSION, rid, moment, fields });
  const { log, seq } = at;
  context.rows.detections.insert({
    rid,
    log,
    seq,
    pass,
    camera: reading.camera,
    plate: reading.plate,
    boot: moment.boot,
    monoMs: moment.monoMs,
    wallMs: moment.wallMs,
    test: reading.test,
  });
  return { rid, detection: rid, pass, at };
}

function appendRevision(context: StoreContext, detection: Rid, reading: Reading, moment: Moment): Written {
  const rid = newRid(context, moment);
  const pass = passOf(context, detection);
  const fields = encodeRevision({ rid, revises: detection, ...reading });
  const at = append(context, "detections", { kind: "revision", version: DETECTION_VERSION, rid, moment, fields });
  noteRevision(context.state.passes, reading.camera, pass, reading.plate);
  context.rows.detections.insertRevision({ rid, log: at.log, seq: at.seq, wallMs: moment.wallMs }, detection);
  return { rid, detection, pass, at };
}

function passOf(context: StoreContext, detection: Rid): Rid {
  return context.rows.detections.byRid(detection)?.pass ?? detection;
}

function putImages(context: StoreContext, draft: DetectionDraft, written: Written): void {
  const dropped = new Map(draft.dropped.map((one) => [one.sha256, one.why]));
  for (const { sha256, bytes, role } of draft.reading.images) {
    const state = dropped.has(sha256) ? "dropped" : "waiting";
    context.rows.images.put({ sha256, bytes, role, rid: written.detection, state }, imagePriority(role, false), written.at);
  }
  // Every loss is a record.
  for (const [sha256, why] of dropped) {
    const fields = encodeImageDropped({ detection: written.rid, sha256, why });
    const rid = newRid(context, draft.moment);
    append(context, "detections", { kind: "image-dropped", version: SMALL_VERSION, rid, moment: draft.moment, fields });
  }
}

function raise(context: StoreContext, reading: Reading, moment: Moment, written: Written): Finding[] {
  if (reading.plate === null) return [];
  const { matches } = matchPlate(context.state.lists.index, reading.plate, moment.wallMs);
  if (matches.length === 0) return [];
  const { pass, rid } = written;
  const known = new Map(context.rows.alerts.alertsOfPass(pass).map(({ alert, kind }) => [alert, kind] as const));
  const decision = decideAlerts({ detection: rid, pass, test: reading.test, matches, known });
  for (const finding of decision.findings) putFinding(context, finding, reading, moment, written);
  const raised = new Set(decision.raised);
  return decision.findings.filter((finding) => raised.has(finding.alert));
}

function putFinding(context: StoreContext, finding: Finding, reading: Reading, moment: Moment, written: Written): void {
  const { rows } = context;
  const { record, prevHash } = written.at;
  const carried = { logId: context.state.logs.detections.logId, prevHash, tail: record.tailBytes, payload: record.payload! };
  const fields = encodeAlert({ finding, detection: carried });
  const at = append(context, "urgent", { kind: "alert", version: ALERT_VERSION, rid: newRid(context, moment), moment, fields });
  const n = rows.alerts.putFinding(finding.alert, finding.pass, finding.explanation.kind, at);
  const raisedMs = rows.alerts.itemOf(finding.pass)?.raisedMs ?? moment.wallMs;
  rows.alerts.putItem({ pass: finding.pass, n, raisedMs, detection: written.detection, test: reading.test });
  rows.images.raisePriority(written.detection);
  // The alert's record carries the detection's, so it names these pictures too, and is at central first.
  for (const { sha256 } of reading.images) rows.images.nameIn(sha256, at);
  context.checkpointDue.add("urgent").add("detections");
}
