import type { EntryDraft } from "../../shared/crdt/new-entry-op.ts";
import type { ListId } from "../../shared/model/ids.ts";
import { type AuditWho, insertAudit } from "../db/audit-rows.ts";
import type { Tx } from "../db/open-db.ts";
import { isRefusal, type Refusal } from "../http/refusal.ts";
import { addOne, visibleList } from "./edit-entry.ts";
import type { EditListDeps } from "./edit-list.ts";
import { parseCsv } from "./parse-csv.ts";

export const IMPORT_ROWS_MAX = 5_000;
/** Entries of one transaction: the log's lock is held meanwhile. */
const IN_ONE_TRANSACTION = 20;

export interface ImportQuestion {
  readonly csv: string;
  /** Why this list is taken in: importing is a decision that is recorded. */
  readonly reason: string;
  /** For rows without an expiry of their own, ms UTC. */
  readonly expiresMs: number;
}

export interface ImportAnswer {
  readonly kind: "imported";
  readonly added: number;
  readonly refused: readonly { readonly line: number; readonly why: string }[];
}

/** Adds the rows that are right and names those that are not, by line. Columns by name: plate (or pattern), reason, expires_at, vehicle, note. */
export async function importEntries(
  deps: EditListDeps,
  list: ListId,
  asked: ImportQuestion,
  sees: readonly string[],
  who: AuditWho,
): Promise<ImportAnswer | Refusal> {
  const rows = parseCsv(asked.csv, IMPORT_ROWS_MAX);
  if (rows === null) return { kind: "invalid", message: `The first line must name a column "plate"; at most ${IMPORT_ROWS_MAX} rows.` };
  const begun = await deps.db.transaction().execute(async (tx): Promise<Refusal | null> => {
    if ((await visibleList(tx, list, sees)) === undefined) return { kind: "not_found", message: "There is no such watchlist." };
    await insertAudit(
      tx,
      who,
      { action: "watchlist.import", subject: list, reason: asked.reason, outcome: "begun", details: { rows: rows.length } },
      deps.nowMs(),
    );
    return null;
  });
  if (begun !== null) return begun;
  const refused: { line: number; why: string }[] = [];
  let added = 0;
  for (let at = 0; at < rows.length; at += IN_ONE_TRANSACTION) {
    await deps.db.transaction().execute(async (tx) => {
      for (const row of rows.slice(at, at + IN_ONE_TRANSACTION)) {
        const why = await importRow(tx, deps, list, row.fields, asked, sees, who);
        if (why === null) added++;
        else refused.push({ line: row.line, why });
      }
    });
  }
  deps.onListsChanged();
  return { kind: "imported", added, refused };
}

/** Null when it was added, else why not. */
async function importRow(
  tx: Tx,
  deps: EditListDeps,
  list: ListId,
  fields: ReadonlyMap<string, string>,
  asked: ImportQuestion,
  sees: readonly string[],
  who: AuditWho,
): Promise<string | null> {
  const expires = fields.get("expires_at") ?? "";
  const expiresMs = expires === "" ? asked.expiresMs : Date.parse(expires);
  if (Number.isNaN(expiresMs)) return "expires_at is not a date";
  const vehicle = fields.get("vehicle") ?? "";
  const note = fields.get("note") ?? "";
  const draft: EntryDraft = {
    pattern: fields.get("plate") ?? fields.get("pattern") ?? "",
    reason: fields.get("reason") || asked.reason,
    expiresMs,
    ...(vehicle === "" ? {} : { vehicle }),
    ...(note === "" ? {} : { note }),
  };
  const answer = await addOne(tx, deps, list, draft, sees, who);
  return isRefusal(answer) ? answer.message : null;
}
