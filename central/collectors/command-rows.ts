import { sql } from "kysely";
import { type CommandId, hexToBytes, type SessionId, uuid } from "../../shared/model/ids.ts";
import type { Command } from "../../shared/protocol/frames.ts";
import { COMMAND_RESEND_MS, COMMANDS_AT_ONCE_MAX } from "../../shared/protocol/limits.ts";
import type { Db, Tx } from "../db/open-db.ts";

/** A result ends a command when a device key of that collector that is confirmed signed it: a stolen API key must not answer for a site. */
const HAS_RESULT = sql<boolean>`exists (select 1 from command_results r
  join collector_keys k on k.collector_id = r.collector_id and k.device_key = r.device_key and k.confirmed
  where r.command_id = c.id and r.collector_id = c.collector_id)`;

interface DueFor {
  readonly collectorId: string;
  readonly deviceKey: Uint8Array;
  readonly session: SessionId;
}

interface DueRow {
  id: string;
  kind: string;
  args: Uint8Array;
  made_at: Date;
  not_before: Date;
  expires_at: Date;
  signature: Uint8Array;
}

/**
 * Commands whose time has come, that have no result and were not just sent in this session; oldest first, marked as sent. Of the
 * configurations only the newest goes down, and to a device whose key nobody has confirmed goes nothing.
 */
export async function takeDueCommands(db: Db, { collectorId, deviceKey, session }: DueFor, nowMs: number): Promise<readonly Command[]> {
  const now = new Date(nowMs);
  const sentBefore = new Date(nowMs - COMMAND_RESEND_MS);
  const bytes = hexToBytes(session);
  const { rows } = await sql<DueRow>`with due as (
      select c.id from commands c join collectors l on l.id = c.collector_id
      where c.collector_id = ${collectorId}::uuid and c.not_before <= ${now}::timestamptz and c.expires_at > ${now}::timestamptz
        and not ${HAS_RESULT} and (c.revision is null or c.revision = l.wanted_config_revision)
        and (c.sent_session is distinct from ${bytes}::bytea or c.sent_at <= ${sentBefore}::timestamptz)
        and exists (select 1 from collector_keys k where k.collector_id = c.collector_id and k.device_key = ${deviceKey}::bytea and k.confirmed)
      order by c.made_at, c.id limit ${COMMANDS_AT_ONCE_MAX})
    update commands c set sent_at = ${now}::timestamptz, sent_session = ${bytes}::bytea from due where c.id = due.id
    returning c.id, c.kind, c.args, c.made_at, c.not_before, c.expires_at, c.signature`.execute(db);
  return commandsOf(rows);
}

function commandsOf(rows: DueRow[]): Command[] {
  return rows
    .sort((a, b) => a.made_at.getTime() - b.made_at.getTime() || (a.id < b.id ? -1 : 1))
    .map((row) => ({
      type: "command",
      id: uuid<CommandId>(row.id),
      kind: row.kind,
      args: row.args,
      notBeforeMs: row.not_before.getTime(),
      expiresMs: row.expires_at.getTime(),
      signature: row.signature,
    }));
}

/**
 * Commands without a result for a file that is carried to the site, those whose time comes later too; oldest first. A live session sends
 * them all the same: the site runs each once. To a device whose key nobody has confirmed goes nothing.
 */
export async function takeCarriedCommands(db: Db, to: Omit<DueFor, "session">, most: number, nowMs: number): Promise<readonly Command[]> {
  const now = new Date(nowMs);
  const { rows } = await sql<DueRow>`with due as (
      select c.id from commands c join collectors l on l.id = c.collector_id
      where c.collector_id = ${to.collectorId}::uuid and c.expires_at > ${now}::timestamptz
        and not ${HAS_RESULT} and (c.revision is null or c.revision = l.wanted_config_revision)
        and exists (select 1 from collector_keys k where k.collector_id = c.collector_id and k.device_key = ${to.deviceKey}::bytea and k.confirmed)
      order by c.made_at, c.id limit ${most})
    update commands c set sent_at = coalesce(c.sent_at, ${now}::timestamptz) from due where c.id = due.id
    returning c.id, c.kind, c.args, c.made_at, c.not_before, c.expires_at, c.signature`.execute(db);
  return commandsOf(rows);
}

export interface CommandTarget {
  readonly siteId: string;
  /** 0: none was ever sent. */
  readonly wantedRevision: number;
  /** As the edge last said; a restored central may have forgotten what it sent. */
  readonly runningRevision: number;
}

/** The collector, locked, so that two configurations never get one revision; undefined when there is none to command (any more). */
export async function lockTarget(tx: Tx, collectorId: string): Promise<CommandTarget | undefined> {
  const row = await tx
    .selectFrom("collectors")
    .select(["site_id", "wanted_config_revision"])
    .where("id", "=", collectorId)
    .where("retired_at", "is", null)
    // Central's own log is a collector too; it takes no commands.
    .whereRef("id", "!=", "site_id")
    .forUpdate()
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const beat = await tx.selectFrom("heartbeats").select("config_revision").where("collector_id", "=", collectorId).executeTakeFirst();
  return {
    siteId: row.site_id,
    wantedRevision: Number(row.wanted_config_revision ?? 0),
    runningRevision: Number(beat?.config_revision ?? 0),
  };
}

export interface NewCommandRow {
  readonly collectorId: string;
  readonly command: Command;
  readonly revision: number | null;
  readonly reason: string;
  readonly by: { readonly id: string | null; readonly name: string };
  readonly atMs: number;
}

export async function insertCommand(tx: Tx, { collectorId, command, revision, reason, by, atMs }: NewCommandRow): Promise<void> {
  await tx
    .insertInto("commands")
    .values({
      id: command.id,
      collector_id: collectorId,
      kind: command.kind,
      args: command.args,
      revision,
      reason,
      made_by: by.name,
      made_by_id: by.id,
      made_at: new Date(atMs),
      not_before: new Date(command.notBeforeMs),
      expires_at: new Date(command.expiresMs),
      signature: command.signature,
      sent_at: null,
      sent_session: null,
    })
    .execute();
}

export async function wantRevision(tx: Tx, collectorId: string, revision: number): Promise<void> {
  await tx.updateTable("collectors").set({ wanted_config_revision: revision }).where("id", "=", collectorId).execute();
}

/** Commands of this collector that still wait, and those made since a moment. */
export async function countCommands(
  tx: Tx,
  collectorId: string,
  sinceMs: number,
  nowMs: number,
): Promise<{ waiting: number; made: number }> {
  const { rows } = await sql<{ waiting: number; made: number }>`select
      count(*) filter (where c.expires_at > ${new Date(nowMs)}::timestamptz and not ${HAS_RESULT})::int as waiting,
      count(*) filter (where c.made_at > ${new Date(sinceMs)}::timestamptz)::int as made
    from commands c where c.collector_id = ${collectorId}::uuid
      and (c.expires_at > ${new Date(nowMs)}::timestamptz or c.made_at > ${new Date(sinceMs)}::timestamptz)`.execute(tx);
  return rows[0] ?? { waiting: 0, made: 0 };
}

export interface CommandRow {
  readonly id: string;
  readonly kind: string;
  readonly args: Uint8Array;
  readonly revision: number | null;
  readonly reason: string;
  readonly made_by: string;
  readonly made_at: Date;
  readonly not_before: Date;
  readonly expires_at: Date;
  readonly sent_at: Date | null;
  readonly wanted_revision: number | null;
  readonly outcome: string | null;
  readonly words: string | null;
  readonly detail: Uint8Array | null;
  readonly result_at: Date | null;
}

/** The newest commands of a collector with their first result, newest first. */
export async function listCommands(db: Db, collectorId: string, limit: number, id: string | null = null): Promise<CommandRow[]> {
  const { rows } =
    await sql<CommandRow>`select c.id, c.kind, c.args, c.revision, c.reason, c.made_by, c.made_at, c.not_before, c.expires_at,
      c.sent_at, l.wanted_config_revision as wanted_revision, r.outcome, r.words, r.detail, r.received_at as result_at
    from commands c join collectors l on l.id = c.collector_id
    left join lateral (select r.outcome, r.words, r.detail, r.received_at from command_results r
      join collector_keys k on k.collector_id = r.collector_id and k.device_key = r.device_key and k.confirmed
      where r.command_id = c.id and r.collector_id = c.collector_id order by r.received_at, r.rid limit 1) r on true
    where c.collector_id = ${collectorId}::uuid and (${id}::uuid is null or c.id = ${id}::uuid)
    order by c.made_at desc, c.id desc limit ${limit}`.execute(db);
  return rows;
}

/** Whether the collector is there and stands at one of these sites (none: all). */
export async function isCollectorOf(db: Db, collectorId: string, sites: readonly string[]): Promise<boolean> {
  const row = await db
    .selectFrom("collectors")
    .select("site_id")
    .where("id", "=", collectorId)
    .where("retired_at", "is", null)
    .whereRef("id", "!=", "site_id")
    .executeTakeFirst();
  return row !== undefined && (sites.length === 0 || sites.includes(row.site_id));
}

export interface ConfigStanding {
  readonly wanted: number | null;
  readonly running: number | null;
  /** Arguments of the newest set-config; null before the first. */
  readonly args: Uint8Array | null;
}

export async function findConfig(db: Db, collectorId: string): Promise<ConfigStanding> {
  const { rows } = await sql<{ wanted: number | null; running: number | null; args: Uint8Array | null }>`
    select l.wanted_config_revision as wanted, h.config_revision as running,
      (select c.args from commands c where c.collector_id = l.id and c.revision = l.wanted_config_revision order by c.made_at desc limit 1) as args
    from collectors l left join heartbeats h on h.collector_id = l.id where l.id = ${collectorId}::uuid`.execute(db);
  return rows[0] ?? { wanted: null, running: null, args: null };
}
