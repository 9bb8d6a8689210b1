import { Hono } from "hono";
import type { SiteEntriesAnswer, SiteWatchlistsAnswer } from "../../shared/api/site-api.ts";
import type { OpOutcome, OpRefusal } from "../../shared/crdt/new-entry-op.ts";
import type { Moment } from "../../shared/log/chain.ts";
import { type EntryId, type ListId, parseUuid } from "../../shared/model/ids.ts";
import type { EntryField, FieldValue } from "../../shared/model/watchlist.ts";
import type { EdgeWriter, OpDraft } from "../log/store-port.ts";
import { limitOf, readJson, textField } from "./read-json.ts";
import { refuse } from "./refusal.ts";
import type { SiteEnv } from "./site-env.ts";
import type { EntriesCursor, WatchlistViews } from "./watchlist-views.ts";

export interface WatchlistRoutesDeps {
  readonly views: WatchlistViews;
  readonly writer: Pick<EdgeWriter, "applyOwnOp">;
  readonly moment: () => Moment;
}

const HOUR_MS = 3_600_000;
/** Expiry is mandatory and short by default; a year is as long as anybody may watch a plate without thinking again. */
const EXPIRY_MAX_MS = 366 * 24 * HOUR_MS;
type Fields = (readonly [EntryField, FieldValue])[];

export function watchlistRoutes({ views, writer, moment }: WatchlistRoutesDeps): Hono<SiteEnv> {
  const author = (asker: SiteEnv["Variables"]["asker"]): string => (asker.kind === "person" ? asker.name : "local token");
  const edit = (draft: Omit<OpDraft, "moment">): Promise<OpOutcome> => writer.applyOwnOp({ ...draft, moment: moment() });

  return new Hono<SiteEnv>()
    .get("/", (c) => c.json({ watchlists: views.lists() } satisfies SiteWatchlistsAnswer))
    .get("/:list/entries", (c) => {
      const list = listOf(views, c.req.param("list"));
      if (list === undefined) return refuse(c, "not_found", "There is no such list here.");
      const after = entriesCursor(c.req.query("cursor"));
      if (after === undefined) return refuse(c, "bad_request", "That cursor is not one of ours.");
      const page = views.entries(list, after, limitOf(c, 200, 500), moment().wallMs);
      const next_cursor = page.next === null ? null : `${page.next.addedMs}.${page.next.id}`;
      return c.json({ entries: page.entries, contested: page.contested, next_cursor } satisfies SiteEntriesAnswer & {
        next_cursor: string | null;
      });
    })
    .post("/:list/entries", async (c) => {
      const list = listOf(views, c.req.param("list"));
      if (list === undefined) return refuse(c, "not_found", "There is no such list here.");
      const body = await readJson(c);
      if (body === undefined) return refuse(c, "bad_request", "The request is not JSON.");
      const nowMs = moment().wallMs;
      const plate = textField(body, "plate", 64) || textField(body, "pattern", 64);
      const reason = textField(body, "reason");
      if (plate === "") return refuse(c, "invalid", "Which plate?");
      if (reason === "") return refuse(c, "invalid", "Say why the plate is watched: it is shown with every alert.");
      const expiresMs = expiryOf(body, nowMs);
      if (expiresMs === undefined) return refuse(c, "invalid", "Say how long: a time ahead, one year at most.");
      const set: Fields = [
        ["pattern", plate],
        ["reason", reason],
        ["expiresMs", expiresMs],
        ["vehicle", textField(body, "vehicle", 200)],
      ];
      const made = await edit({ list, entry: null, set, presence: "add", reason, author: author(c.get("asker")) });
      return made.kind === "op" ? c.json(views.entry(list, made.op.entry, nowMs), 201) : refuse(c, "invalid", refusalWords(made));
    })
    .patch("/:list/entries/:entry", async (c) => {
      const list = listOf(views, c.req.param("list"));
      const entry = parseUuid<EntryId>(c.req.param("entry"));
      if (list === undefined || entry === undefined) return refuse(c, "not_found", "There is no such entry here.");
      const body = await readJson(c);
      if (body === undefined) return refuse(c, "bad_request", "The request is not JSON.");
      const nowMs = moment().wallMs;
      const set = changesOf(body, nowMs);
      if (set === undefined) return refuse(c, "invalid", "Say how long: a time ahead, one year at most.");
      if (set.length === 0)
        return refuse(c, "invalid", "Nothing to change: send plate, reason, expires_at, expires_hours, vehicle or note.");
      const reason = textField(body, "reason") || "changed on the site's page";
      const made = await edit({ list, entry, set, presence: "edit", reason, author: author(c.get("asker")) });
      return made.kind === "op" ? c.json(views.entry(list, entry, nowMs)) : refuseEdit(made);
      function refuseEdit(refusal: OpRefusal): Response {
        return refuse(c, refusal.why === "no-such-entry" ? "not_found" : "invalid", refusalWords(refusal));
      }
    })
    .delete("/:list/entries/:entry", async (c) => {
      const list = listOf(views, c.req.param("list"));
      const entry = parseUuid<EntryId>(c.req.param("entry"));
      // The entry whose id is the list's carries the list's own facts: deleting it would delete the list.
      if (list === undefined || entry === undefined || (entry as string) === list) {
        return refuse(c, "not_found", "There is no such entry here.");
      }
      const body = (await readJson(c)) ?? {};
      const reason = textField(body, "reason") || "removed on the site's page";
      const made = await edit({ list, entry, set: [], presence: "delete", reason, author: author(c.get("asker")) });
      return made.kind === "op" ? c.json({ ok: true }) : refuse(c, "not_found", refusalWords(made));
    });
}

function listOf(views: WatchlistViews, text: string): ListId | undefined {
  const list = parseUuid<ListId>(text);
  return list !== undefined && views.hasList(list) ? list : undefined;
}

function entriesCursor(text: string | undefined): EntriesCursor | null | undefined {
  if (text === undefined || text === "") return null;
  const found = /^(\d{1,15})\.([0-9a-f-]{36})$/.exec(text);
  return found === null ? undefined : { addedMs: Number(found[1]), id: found[2]! };
}

/** `expires_at` (RFC 3339) or `expires_hours` from now; undefined when neither is a time ahead within a year. */
function expiryOf(body: Readonly<Record<string, unknown>>, nowMs: number): number | undefined {
  const at = typeof body.expires_at === "string" ? Date.parse(body.expires_at) : Number.NaN;
  const hours = Number(body.expires_hours ?? Number.NaN);
  const expiresMs = Math.round(Number.isFinite(at) ? at : nowMs + hours * HOUR_MS);
  return Number.isSafeInteger(expiresMs) && expiresMs > nowMs && expiresMs <= nowMs + EXPIRY_MAX_MS ? expiresMs : undefined;
}

function changesOf(body: Readonly<Record<string, unknown>>, nowMs: number): Fields | undefined {
  const set: Fields = [];
  const plate = textField(body, "plate", 64) || textField(body, "pattern", 64);
  if (plate !== "") set.push(["pattern", plate]);
  for (const field of ["reason", "vehicle", "note"] as const) {
    const text = textField(body, field);
    if (text !== "") set.push([field, text]);
  }
  if (body.expires_at !== undefined || body.expires_hours !== undefined) {
    const expiresMs = expiryOf(body, nowMs);
    if (expiresMs === undefined) return undefined;
    set.push(["expiresMs", expiresMs]);
  }
  const except = textField(body, "except_plate", 12);
  if (except !== "") set.push(["exceptPlate", except]);
  return set;
}

function refusalWords(refusal: OpRefusal): string {
  switch (refusal.why) {
    case "bad-pattern":
      return refusal.pattern === "too-open"
        ? "That pattern is too open: name at least two characters."
        : "That is not a plate: 1 to 12 letters and digits, ? for one character, * for any.";
    case "too-long":
      return `The ${refusal.what} is too long: ${refusal.charactersMax} characters at most.`;
    case "bad-value":
      return `The ${refusal.field} is too long or not of its form.`;
    case "present-already":
      return "That entry is on the list already.";
    case "no-such-entry":
      return "There is no such entry here (any more).";
    case "reason-missing":
      return "Say why the plate is watched.";
    case "expiry-missing":
    case "expiry-past":
      return "Say how long: a time ahead, one year at most.";
  }
}
