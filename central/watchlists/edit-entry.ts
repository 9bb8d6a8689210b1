import type { AddedEntryAnswer } from "../../shared/api/central-api.ts";
import type { EntryView } from "../../shared/api/views.ts";
import {
  addEntry as addEntryOp,
  deleteEntry as deleteEntryOp,
  type EntryDraft,
  editEntry,
  type FieldSet,
} from "../../shared/crdt/new-entry-op.ts";
import type { EntryId, ListId } from "../../shared/model/ids.ts";
import { type AuditWho, insertAudit } from "../db/audit-rows.ts";
import type { Tx } from "../db/open-db.ts";
import type { Refusal } from "../http/refusal.ts";
import { earlierDetections } from "./earlier-detections.ts";
import { appendOp, type EditListDeps } from "./edit-list.ts";
import { entryState, findList, listEntries, listWatchlists } from "./watchlist-rows.ts";

export type EntryAnswer = { readonly kind: "done"; readonly entry: EntryView } | Refusal;
export type AddedEntry = ({ readonly kind: "added" } & AddedEntryAnswer) | Refusal;

const NO_LIST: Refusal = { kind: "not_found", message: "There is no such watchlist." };
const NO_ENTRY: Refusal = { kind: "not_found", message: "There is no such entry." };

/** Adds an entry and answers with earlier detections of it: the car may have passed before anybody thought of adding it. */
export async function addEntry(
  deps: EditListDeps,
  list: ListId,
  draft: EntryDraft,
  sees: readonly string[],
  who: AuditWho,
): Promise<AddedEntry> {
  const added = await deps.db.transaction().execute(async (tx): Promise<AddedEntry> => {
    const answer = await addOne(tx, deps, list, draft, sees, who);
    if (answer.kind !== "done") return answer;
    return { kind: "added", entry: answer.entry, earlier: await earlierDetections(tx, answer.entry.pattern, sees, deps.nowMs()) };
  });
  if (added.kind === "added") deps.onListsChanged();
  return added;
}

/** The op alone, in the caller's transaction: an import makes many. */
export async function addOne(
  tx: Tx,
  deps: EditListDeps,
  list: ListId,
  draft: EntryDraft,
  sees: readonly string[],
  who: AuditWho,
): Promise<EntryAnswer> {
  const known = await visibleList(tx, list, sees);
  if (known === undefined) return NO_LIST;
  const entry = deps.newId() as EntryId;
  const atMs = deps.nowMs();
  const target = { list, entry, current: undefined, keepWins: known.keepWins };
  const refused = await appendOp(tx, deps, undefined, who.userName, draft.reason, (by) => addEntryOp(target, by, draft, atMs));
  if (refused !== null) return refused;
  await insertAudit(
    tx,
    who,
    {
      action: "entry.add",
      subject: entry,
      reason: draft.reason,
      outcome: "ok",
      details: { list, pattern: draft.pattern, expires: new Date(draft.expiresMs) },
    },
    atMs,
  );
  return { kind: "done", entry: (await listEntries(tx, list, { after: null, limit: 1, nowMs: atMs }, entry))[0]! };
}

export async function changeEntry(
  deps: EditListDeps,
  list: ListId,
  entry: EntryId,
  set: FieldSet,
  reason: string,
  sees: readonly string[],
  who: AuditWho,
): Promise<EntryAnswer> {
  const atMs = deps.nowMs();
  const answer = await deps.db.transaction().execute(async (tx): Promise<EntryAnswer> => {
    const known = await visibleList(tx, list, sees);
    const current = known === undefined ? undefined : await entryState(tx, list, entry);
    if (known === undefined || current === undefined) return NO_ENTRY;
    const target = { list, entry, current, keepWins: known.keepWins };
    const refused = await appendOp(tx, deps, current, who.userName, reason, (by) => editEntry(target, by, set));
    if (refused !== null) return refused;
    await insertAudit(
      tx,
      who,
      { action: "entry.change", subject: entry, reason, outcome: "ok", details: { list, fields: set.map(([field]) => field) } },
      atMs,
    );
    return { kind: "done", entry: (await listEntries(tx, list, { after: null, limit: 1, nowMs: atMs }, entry))[0]! };
  });
  if (answer.kind === "done") deps.onListsChanged();
  return answer;
}

export async function deleteEntry(
  deps: EditListDeps,
  list: ListId,
  entry: EntryId,
  reason: string,
  sees: readonly string[],
  who: AuditWho,
): Promise<{ readonly kind: "done" } | Refusal> {
  const answer = await deps.db.transaction().execute(async (tx): Promise<{ readonly kind: "done" } | Refusal> => {
    const known = await visibleList(tx, list, sees);
    const current = known === undefined ? undefined : await entryState(tx, list, entry);
    if (known === undefined || current === undefined || (entry as string) === list) return NO_ENTRY;
    const target = { list, entry, current, keepWins: known.keepWins };
    const refused = await appendOp(tx, deps, current, who.userName, reason, (by) => deleteEntryOp(target, by));
    if (refused !== null) return refused;
    await insertAudit(tx, who, { action: "entry.delete", subject: entry, reason, outcome: "ok", details: { list } }, deps.nowMs());
    return { kind: "done" };
  });
  if (answer.kind === "done") deps.onListsChanged();
  return answer;
}

/** The list, if it is there and names a site of the person's. */
export async function visibleList(tx: Tx, list: ListId, sees: readonly string[]): Promise<{ keepWins: boolean } | undefined> {
  const known = await findList(tx, list);
  if (known === undefined || sees.length === 0) return known;
  return (await listWatchlists(tx, sees, list)).length > 0 ? known : undefined;
}
