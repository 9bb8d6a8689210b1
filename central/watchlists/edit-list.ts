import type { WatchlistView } from "../../shared/api/views.ts";
import type { EntryState } from "../../shared/crdt/entry-state.ts";
import { listFactsId } from "../../shared/crdt/list-state.ts";
import {
  addList as addListOp,
  deleteEntry,
  editEntry,
  type FieldSet,
  type ListDraft,
  type OpOutcome,
  type OpRefusal,
} from "../../shared/crdt/new-entry-op.ts";
import { ENTRY_OP_VERSION, encodeEntryOp } from "../../shared/log/payloads/entry-op-payload.ts";
import type { Hlc, ListId, Rid } from "../../shared/model/ids.ts";
import { type AuditWho, insertAudit } from "../db/audit-rows.ts";
import { nextCentralHlc } from "../db/central-hlc-rows.ts";
import type { Db, Tx } from "../db/open-db.ts";
import type { Refusal } from "../http/refusal.ts";
import type { AppendOwn } from "../merge/append-own.ts";
import { areSites, entryState, findFullSite, findList, listWatchlists, replaceListSites } from "./watchlist-rows.ts";

export interface EditListDeps {
  readonly db: Db;
  readonly appendOwn: AppendOwn;
  readonly newId: () => string;
  readonly nowMs: () => number;
  /** Told after a commit that changed which edges get which list, or what is on it. */
  readonly onListsChanged: () => void;
}

export type ListAnswer = { readonly kind: "done"; readonly watchlist: WatchlistView } | Refusal;

const UNKNOWN: Refusal = { kind: "not_found", message: "There is no such watchlist." };
const NO_SITE: Refusal = { kind: "invalid", message: "One of the sites does not exist." };
/** In force at one site; a frame carries FEEDS_MAX, the rest is for deleted ones whose end is on its way and for lists that sites begin. */
const LISTS_PER_SITE_MAX = 200;

export async function addWatchlist(deps: EditListDeps, draft: ListDraft, sites: readonly string[], who: AuditWho): Promise<ListAnswer> {
  const list = deps.newId() as ListId;
  const answer = await deps.db.transaction().execute(async (tx): Promise<ListAnswer> => {
    const unfit = await refuseSites(tx, list, sites);
    if (unfit !== null) return unfit;
    await insertAudit(tx, who, { action: "watchlist.add", subject: list, outcome: "ok", details: { ...draft, sites } }, deps.nowMs());
    const refused = await makeList(tx, deps, list, draft, who.userName);
    if (refused !== null) return refused;
    await replaceListSites(tx, list, sites);
    return { kind: "done", watchlist: (await listWatchlists(tx, [], list))[0]! };
  });
  if (answer.kind === "done") deps.onListsChanged();
  return answer;
}

async function refuseSites(tx: Tx, list: ListId, sites: readonly string[]): Promise<Refusal | null> {
  if (!(await areSites(tx, sites))) return NO_SITE;
  const full = await findFullSite(tx, list, sites, LISTS_PER_SITE_MAX);
  if (full === undefined) return null;
  return {
    kind: "invalid",
    message: `${full} has ${LISTS_PER_SITE_MAX} watchlists, as many as a site can hold. Delete one of them first.`,
  };
}

/** The op that begins a list, in the caller's transaction; also for the list of a new collector's site. */
export async function makeList(tx: Tx, deps: EditListDeps, list: ListId, draft: ListDraft, author: string): Promise<Refusal | null> {
  const current = await entryState(tx, list, listFactsId(list));
  return appendOp(tx, deps, current, author, "list made", (by) => addListOp(list, current, by, draft));
}

export async function changeWatchlist(
  deps: EditListDeps,
  list: ListId,
  change: Partial<ListDraft>,
  sites: readonly string[] | undefined,
  who: AuditWho,
): Promise<ListAnswer> {
  const answer = await deps.db.transaction().execute(async (tx): Promise<ListAnswer> => {
    const known = await findList(tx, list);
    if (known === undefined) return UNKNOWN;
    const unfit = await refuseSites(tx, list, sites ?? []);
    if (unfit !== null) return unfit;
    await insertAudit(tx, who, { action: "watchlist.change", subject: list, outcome: "ok", details: { ...change, sites } }, deps.nowMs());
    const set = fieldsOf(change);
    const current = await entryState(tx, list, listFactsId(list));
    const target = { list, entry: listFactsId(list), current, keepWins: known.keepWins };
    const refused =
      set.length === 0 ? null : await appendOp(tx, deps, current, who.userName, "list changed", (by) => editEntry(target, by, set));
    if (refused !== null) return refused;
    if (sites !== undefined) await replaceListSites(tx, list, sites);
    return { kind: "done", watchlist: (await listWatchlists(tx, [], list))[0]! };
  });
  if (answer.kind === "done") deps.onListsChanged();
  return answer;
}

/** The list goes with all its entries; its ops stay in the feed, so that every edge learns of its end. */
export async function deleteWatchlist(deps: EditListDeps, list: ListId, who: AuditWho): Promise<{ readonly kind: "done" } | Refusal> {
  const answer = await deps.db.transaction().execute(async (tx): Promise<{ readonly kind: "done" } | Refusal> => {
    const known = await findList(tx, list);
    if (known === undefined) return UNKNOWN;
    await insertAudit(tx, who, { action: "watchlist.delete", subject: list, outcome: "ok" }, deps.nowMs());
    const current = await entryState(tx, list, listFactsId(list));
    const target = { list, entry: listFactsId(list), current, keepWins: known.keepWins };
    const refused = await appendOp(tx, deps, current, who.userName, "list deleted", (by) => deleteEntry(target, by));
    return refused ?? { kind: "done" };
  });
  if (answer.kind === "done") deps.onListsChanged();
  return answer;
}

/** Stamps an op later than everything known of its entry, and puts it into central's own log, which publishes it. */
export async function appendOp(
  tx: Tx,
  deps: Pick<EditListDeps, "appendOwn" | "newId" | "nowMs">,
  current: EntryState | undefined,
  author: string,
  reason: string,
  make: (by: { rid: Rid; hlc: Hlc; author: string; reason: string }) => OpOutcome,
): Promise<Refusal | null> {
  const hlc = await nextCentralHlc(tx, stampsOf(current), deps.nowMs());
  const made = make({ rid: deps.newId() as Rid, hlc, author, reason });
  if (made.kind === "refused") return opRefusal(made);
  await deps.appendOwn(tx, [{ kind: "entry-op", version: ENTRY_OP_VERSION, fields: encodeEntryOp(made.op), rid: made.op.rid }]);
  return null;
}

function stampsOf(state: EntryState | undefined): Hlc[] {
  if (state === undefined) return [];
  const cells = state.cells.map((cell) => cell.stamp.hlc);
  return [...cells, ...(state.changed === null ? [] : [state.changed.stamp.hlc]), ...(state.presence === null ? [] : [state.presence.hlc])];
}

/** A refusal of the rules as a sentence. */
export function opRefusal(refused: OpRefusal): Refusal {
  switch (refused.why) {
    case "present-already":
      return { kind: "already_there", message: "It is there already." };
    case "no-such-entry":
      return { kind: "not_found", message: "There is no such entry." };
    case "reason-missing":
      return { kind: "invalid", message: "Say why this plate is watched." };
    case "expiry-missing":
      return { kind: "invalid", message: "Say until when: every entry expires." };
    case "expiry-past":
      return { kind: "invalid", message: "The expiry is in the past." };
    case "too-long":
      return { kind: "invalid", message: `The ${refused.what} is too long: ${refused.charactersMax} characters at most.` };
    case "bad-value":
      return { kind: "invalid", message: `The value of ${refused.field} cannot be taken.` };
    case "bad-pattern":
      return {
        kind: "invalid",
        message:
          refused.pattern === "too-open"
            ? "Give at least 2 characters besides * and ?: this would match a large share of all traffic."
            : "This is not a plate or a pattern of one.",
      };
  }
}

function fieldsOf(change: Partial<ListDraft>): FieldSet {
  const set: [FieldSet[number][0], FieldSet[number][1]][] = [];
  if (change.name !== undefined) set.push(["listName", change.name]);
  if (change.owner !== undefined) set.push(["listOwner", change.owner]);
  if (change.kind !== undefined) set.push(["listKind", change.kind]);
  if (change.differencesMax !== undefined) set.push(["listDifferencesMax", change.differencesMax]);
  if (change.critical !== undefined) set.push(["listCritical", change.critical]);
  if (change.keepWins !== undefined) set.push(["listKeepWins", change.keepWins]);
  return set;
}
