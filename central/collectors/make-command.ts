import { createHash } from "node:crypto";
import { forbiddenKey } from "../../shared/config/pushed-config.ts";
import { readYaml } from "../../shared/config/read-yaml.ts";
import type { Signer } from "../../shared/crypto/device-keys.ts";
import { type CollectorId, type CommandId, uuid } from "../../shared/model/ids.ts";
import { encodeSetConfig } from "../../shared/protocol/command-args.ts";
import type { Command } from "../../shared/protocol/frames.ts";
import { CONFIG_BYTES_MAX } from "../../shared/protocol/limits.ts";
import { commandSignedBytes } from "../../shared/protocol/signed-bytes.ts";
import { type AuditWho, insertAudit } from "../db/audit-rows.ts";
import type { Db } from "../db/open-db.ts";
import type { Refusal } from "../http/refusal.ts";
import { type CommandTarget, countCommands, insertCommand, lockTarget, wantRevision } from "./command-rows.ts";

/** Commands of one collector that may wait for an answer; a site that was off for a month must not be flooded when it comes back. */
export const COMMANDS_WAITING_MAX = 32;
const COMMANDS_AN_HOUR_MAX = 120;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** A report that comes late tells nothing; a configuration waits for a site that is off. */
const EXPIRES_AFTER_MS = { "report-now": 15 * MINUTE_MS, "set-config": 7 * 24 * HOUR_MS } as const;

export interface MakeCommandDeps {
  readonly db: Db;
  readonly newId: () => string;
  readonly nowMs: () => number;
  /** Central's own key. */
  readonly sign: Signer;
  /** After COMMIT: a connected edge gets it at once. */
  readonly onMade: (collectorId: string) => void;
}

export interface CommandOrder {
  readonly reason: string;
  readonly notBeforeMs: number | null;
  readonly expiresAfterMs: number | null;
  readonly what:
    | { readonly kind: "report-now" }
    /** `basedOn`: the revision that the text was made from; another one since then is not overwritten unseen. Null: whatever stands. */
    | { readonly kind: "set-config"; readonly yaml: string; readonly basedOn: number | null };
}

export type MadeCommand = { readonly kind: "made"; readonly id: CommandId };

const UNKNOWN: Refusal = { kind: "not_found", message: "There is no such collector." };

/** Signs a command and keeps it until it expires or the site's signed answer comes. `sites`: those of the person; empty for all. */
export async function makeCommand(
  deps: MakeCommandDeps,
  collectorId: string,
  order: CommandOrder,
  sites: readonly string[],
  who: AuditWho,
): Promise<MadeCommand | Refusal> {
  const atMs = deps.nowMs();
  const refused = order.what.kind === "set-config" ? refuseConfig(order.what.yaml) : null;
  if (refused !== null) return refused;
  const made = await deps.db.transaction().execute(async (tx): Promise<MadeCommand | Refusal> => {
    const target = await lockTarget(tx, collectorId);
    if (target === undefined || (sites.length > 0 && !sites.includes(target.siteId))) return UNKNOWN;
    const counts = await countCommands(tx, collectorId, atMs - HOUR_MS, atMs);
    if (counts.waiting >= COMMANDS_WAITING_MAX) return tooMany(`${counts.waiting} commands wait for this site already.`, 60);
    if (counts.made >= COMMANDS_AN_HOUR_MAX) return tooMany("This site was sent too many commands within the hour.", 600);
    const built = buildCommand(deps, collectorId, order, target, atMs);
    if ("message" in built) return built;
    const { command, revision } = built;
    await insertCommand(tx, { collectorId, command, revision, reason: order.reason, by: { id: who.userId, name: who.userName }, atMs });
    if (revision !== null) await wantRevision(tx, collectorId, revision);
    const details = { id: command.id, revision, ...digestOf(order) };
    await insertAudit(
      tx,
      who,
      { action: `command.${command.kind}`, subject: collectorId, reason: order.reason, outcome: "ok", details },
      atMs,
    );
    return { kind: "made", id: command.id };
  });
  if (made.kind === "made") deps.onMade(collectorId);
  return made;
}

/** The signed command, and its revision when it is a configuration. */
export function buildCommand(
  deps: Pick<MakeCommandDeps, "newId" | "sign">,
  collectorId: string,
  { what, notBeforeMs, expiresAfterMs }: CommandOrder,
  target: CommandTarget,
  atMs: number,
): { readonly command: Command; readonly revision: number | null } | Refusal {
  if (what.kind === "set-config" && what.basedOn !== null && what.basedOn !== target.wantedRevision) {
    return {
      kind: "changed_meanwhile",
      message: `Somebody else sent revision ${target.wantedRevision} meanwhile. Look at it, then send yours.`,
    };
  }
  // Above what runs too: a central restored from a backup has forgotten what it sent since.
  const revision = what.kind === "set-config" ? Math.max(target.wantedRevision, target.runningRevision) + 1 : null;
  const fromMs = Math.max(notBeforeMs ?? atMs, atMs);
  const facts = {
    id: uuid<CommandId>(deps.newId()),
    kind: what.kind,
    args: what.kind === "set-config" ? encodeSetConfig({ revision: revision!, yaml: what.yaml }) : new Uint8Array(),
    // A site's clock may be behind ours by a little, and what is wanted now is wanted at once.
    notBeforeMs: notBeforeMs === null ? 0 : fromMs,
    expiresMs: fromMs + (expiresAfterMs ?? EXPIRES_AFTER_MS[what.kind]),
  };
  const signature = deps.sign(commandSignedBytes(uuid<CollectorId>(collectorId), facts));
  return { command: { type: "command", ...facts, signature }, revision };
}

/** What can be said without the site: size, YAML, and keys that must not travel. The rest is checked at the site, beside what runs there. */
function refuseConfig(yaml: string): Refusal | null {
  const bytes = Buffer.byteLength(yaml);
  if (bytes > CONFIG_BYTES_MAX) return refusedAt(null, `has ${bytes} bytes; at most ${CONFIG_BYTES_MAX} can be sent`);
  const read = readYaml(yaml);
  if (read.kind === "bad") return refusedAt(read.line, read.words);
  const forbidden = forbiddenKey(read.yaml.value);
  return forbidden === undefined ? null : refusedAt(read.yaml.lineOf(forbidden.path) ?? null, forbidden.words);
}

function refusedAt(line: number | null, words: string): Refusal {
  const message = line === null ? `The configuration ${words}.` : `Line ${line}: ${words}.`;
  return { kind: "invalid", message, details: { line } };
}

const tooMany = (message: string, retryAfterSeconds: number): Refusal => ({ kind: "busy", message, retryAfterSeconds });

/** The audit log names the text by its digest; the text itself is the command's. */
const digestOf = ({ what }: CommandOrder): object =>
  what.kind === "set-config" ? { sha256: createHash("sha256").update(what.yaml).digest("hex") } : {};
