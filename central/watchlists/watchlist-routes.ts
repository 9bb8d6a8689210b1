import { z } from "zod";
import type { EntriesAnswer, WatchlistsAnswer } from "../../shared/api/central-api.ts";
import type { EntryId, ListId } from "../../shared/model/ids.ts";
import type { EntryField, FieldValue } from "../../shared/model/watchlist.ts";
import { normalisePlate } from "../../shared/plate/normalise-plate.ts";
import { auditWho } from "../http/audit-who.ts";
import { actorOf } from "../http/http-context.ts";
import { pathId } from "../http/path-id.ts";
import { isRefusal, type Refusal } from "../http/refusal.ts";
import { type Route, route } from "../http/route.ts";
import { addEntry, changeEntry, deleteEntry } from "./edit-entry.ts";
import { addWatchlist, changeWatchlist, deleteWatchlist, type EditListDeps } from "./edit-list.ts";
import { importEntries } from "./import-entries.ts";
import { listEntries, listWatchlists } from "./watchlist-rows.ts";

const NO_LIST: Refusal = { kind: "not_found", message: "There is no such watchlist." };
const NO_ENTRY: Refusal = { kind: "not_found", message: "There is no such entry." };
const NAME = z.string().trim().min(1).max(100);
const KIND = z.enum(["personal", "shared", "site", "trusted"]);
const SITES = z.array(z.uuid().toLowerCase()).max(10_000);
const TEXT = z.string().trim().max(500);
const EXPIRES = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const IMPORT_BYTES_MAX = 2 * 1024 * 1024;

export function watchlistRoutes(deps: EditListDeps): Route[] {
  return [...listRoutes(deps), ...entryRoutes(deps)];
}

function listRoutes(deps: EditListDeps): Route[] {
  const fields = { differences_max: z.number().int().min(0).max(2), critical: z.boolean(), keep_wins: z.boolean() };
  return [
    route({
      method: "GET",
      path: "/api/v1/watchlists",
      access: "viewer",
      summary: "The watchlists one may see",
      handle: async (c) => {
        const answer: WatchlistsAnswer = { watchlists: await listWatchlists(deps.db, actorOf(c).sites) };
        return c.json(answer);
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/watchlists",
      access: "operator",
      summary: "Make a watchlist",
      body: z.object({
        name: NAME,
        owner: NAME.optional(),
        kind: KIND.default("shared"),
        sites: SITES.default([]),
        differences_max: fields.differences_max.default(1),
        critical: fields.critical.default(false),
        keep_wins: fields.keep_wins.default(false),
      }),
      handle: async (c, body) => {
        const actor = actorOf(c);
        if (!mayName(actor.sites, body.sites)) return { kind: "forbidden", message: "A list may only name your own sites." };
        const draft = {
          name: body.name,
          owner: body.owner ?? actor.name,
          kind: body.kind,
          differencesMax: body.differences_max,
          critical: body.critical,
          keepWins: body.keep_wins,
        };
        const answer = await addWatchlist(deps, draft, body.sites, auditWho(c));
        return isRefusal(answer) ? answer : c.json(answer.watchlist, 201);
      },
    }),
    route({
      method: "PATCH",
      path: "/api/v1/watchlists/:id",
      access: "operator",
      summary: "Change a watchlist's name, owner, rules or sites",
      body: z.object({
        name: NAME.optional(),
        owner: NAME.optional(),
        kind: KIND.optional(),
        sites: SITES.optional(),
        differences_max: fields.differences_max.optional(),
        critical: fields.critical.optional(),
        keep_wins: fields.keep_wins.optional(),
      }),
      handle: async (c, body) => {
        const id = pathId<ListId>(c);
        const actor = actorOf(c);
        if (id === undefined || (await listWatchlists(deps.db, actor.sites, id)).length === 0) return NO_LIST;
        if (body.sites !== undefined && !mayName(actor.sites, body.sites))
          return { kind: "forbidden", message: "A list may only name your own sites." };
        const given = {
          name: body.name,
          owner: body.owner,
          kind: body.kind,
          differencesMax: body.differences_max,
          critical: body.critical,
          keepWins: body.keep_wins,
        };
        const change = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
        const answer = await changeWatchlist(deps, id, change, body.sites, auditWho(c));
        return isRefusal(answer) ? answer : c.json(answer.watchlist);
      },
    }),
    route({
      method: "DELETE",
      path: "/api/v1/watchlists/:id",
      access: "admin",
      summary: "Delete a watchlist",
      handle: async (c) => {
        const id = pathId<ListId>(c);
        const answer = id === undefined ? NO_LIST : await deleteWatchlist(deps, id, auditWho(c));
        return isRefusal(answer) ? answer : c.body(null, 204);
      },
    }),
  ];
}

function entryRoutes(deps: EditListDeps): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/watchlists/:id/entries",
      access: "viewer",
      summary: "The entries of a watchlist",
      query: z.object({ limit: z.coerce.number().int().min(1).max(500).default(200), cursor: z.uuid().toLowerCase().optional() }),
      handle: async (c, _body, query) => {
        const id = pathId<ListId>(c);
        if (id === undefined || (await listWatchlists(deps.db, actorOf(c).sites, id)).length === 0) return NO_LIST;
        const entries = await listEntries(deps.db, id, { after: query.cursor ?? null, limit: query.limit, nowMs: deps.nowMs() });
        const answer: EntriesAnswer = { entries, next_cursor: entries.length === query.limit ? (entries.at(-1)?.id ?? null) : null };
        return c.json(answer);
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/watchlists/:id/entries",
      access: "operator",
      summary: "Add a plate or pattern; answers with earlier detections of it",
      body: z.object({
        pattern: z.string().trim().min(1).max(64),
        reason: TEXT.min(1),
        expires_at: EXPIRES,
        vehicle: TEXT.optional(),
        note: TEXT.optional(),
      }),
      handle: async (c, body) => {
        const id = pathId<ListId>(c);
        if (id === undefined) return NO_LIST;
        const { expires_at, vehicle, note, ...rest } = body;
        const draft = {
          ...rest,
          expiresMs: expires_at,
          ...(vehicle === undefined ? {} : { vehicle }),
          ...(note === undefined ? {} : { note }),
        };
        const answer = await addEntry(deps, id, draft, actorOf(c).sites, auditWho(c));
        return isRefusal(answer) ? answer : c.json({ entry: answer.entry, earlier: answer.earlier }, 201);
      },
    }),
    route({
      method: "PATCH",
      path: "/api/v1/watchlists/:id/entries/:entry",
      access: "operator",
      summary: "Change or renew an entry, add a note, or except one exact plate from it",
      body: z.object({
        pattern: z.string().trim().min(1).max(64).optional(),
        reason: TEXT.min(1).optional(),
        expires_at: EXPIRES.optional(),
        vehicle: TEXT.optional(),
        note: TEXT.min(1).optional(),
        except_plate: z.string().trim().min(1).max(64).optional(),
        why: TEXT.optional(),
      }),
      handle: async (c, body) => {
        const id = pathId<ListId>(c);
        const entry = pathId<EntryId>(c, "entry");
        if (id === undefined || entry === undefined || (entry as string) === id) return NO_ENTRY;
        if (body.expires_at !== undefined && body.expires_at <= deps.nowMs())
          return { kind: "invalid", message: "The expiry is in the past." };
        const fields: [EntryField, FieldValue | undefined][] = [
          ["pattern", body.pattern],
          ["reason", body.reason],
          ["expiresMs", body.expires_at],
          ["vehicle", body.vehicle],
          ["note", body.note],
          ["exceptPlate", body.except_plate === undefined ? undefined : (normalisePlate(body.except_plate) ?? "")],
        ];
        const set = fields.filter((field): field is [EntryField, FieldValue] => field[1] !== undefined);
        if (set.length === 0) return { kind: "invalid", message: "Nothing to change was given." };
        const answer = await changeEntry(deps, id, entry, set, body.why ?? "changed", actorOf(c).sites, auditWho(c));
        return isRefusal(answer) ? answer : c.json(answer.entry);
      },
    }),
    route({
      method: "DELETE",
      path: "/api/v1/watchlists/:id/entries/:entry",
      access: "operator",
      summary: "Take an entry off the list",
      body: z.object({ reason: TEXT.optional() }),
      handle: async (c, body) => {
        const id = pathId<ListId>(c);
        const entry = pathId<EntryId>(c, "entry");
        const answer =
          id === undefined || entry === undefined
            ? NO_ENTRY
            : await deleteEntry(deps, id, entry, body.reason ?? "deleted", actorOf(c).sites, auditWho(c));
        return isRefusal(answer) ? answer : c.body(null, 204);
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/watchlists/:id/import",
      access: "operator",
      summary: "Add the rows of a CSV (columns plate, reason, expires_at, vehicle, note); a recorded decision",
      body: z.object({ csv: z.string().min(1), reason: TEXT.min(3), expires_at: EXPIRES }),
      bodyMaxBytes: IMPORT_BYTES_MAX,
      handle: async (c, body) => {
        const id = pathId<ListId>(c);
        const answer =
          id === undefined
            ? NO_LIST
            : await importEntries(
                deps,
                id,
                { csv: body.csv, reason: body.reason, expiresMs: body.expires_at },
                actorOf(c).sites,
                auditWho(c),
              );
        return isRefusal(answer) ? answer : c.json({ added: answer.added, refused: answer.refused });
      },
    }),
  ];
}

/** A person of some sites cannot make a list ring elsewhere. */
function mayName(sees: readonly string[], sites: readonly string[]): boolean {
  return sees.length === 0 || (sites.length > 0 && sites.every((site) => sees.includes(site)));
}
