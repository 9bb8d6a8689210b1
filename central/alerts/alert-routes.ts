import { z } from "zod";
import type { AlertsAnswer } from "../../shared/api/central-api.ts";
import type { AlertOpArguments, AlertVerb } from "../../shared/model/alert.ts";
import { type AlertId, parseUuid, type Rid } from "../../shared/model/ids.ts";
import { alertItemViews } from "../db/alert-item-view-rows.ts";
import { auditWho } from "../http/audit-who.ts";
import { actorOf } from "../http/http-context.ts";
import { pathId } from "../http/path-id.ts";
import { isRefusal, type Refusal } from "../http/refusal.ts";
import { type Route, route } from "../http/route.ts";
import { countItems, findItem, listItems } from "./alert-queue-rows.ts";
import { type WorkAlertDeps, workAlert } from "./work-alert.ts";

const STATES = ["new", "acknowledged", "verified", "escalated", "dismissed"] as const;
const UNKNOWN: Refusal = { kind: "not_found", message: "There is no such alert." };
const TEXT = z.string().trim().max(1000);
const SEEN = z.array(z.uuid().toLowerCase()).max(64).optional();

/** What each act may and must say. */
const BODIES = {
  acknowledge: z.object({ seen: SEEN, text: TEXT.optional() }),
  verify: z.object({ seen: SEEN, text: TEXT.optional(), outcome: z.string().trim().max(100).default("it-is-them") }),
  escalate: z.object({
    seen: SEEN,
    to: z.string().trim().min(1).max(200),
    how: z.string().trim().max(200).optional(),
    reference: z.string().trim().max(200).optional(),
    text: TEXT.optional(),
  }),
  dismiss: z.object({ seen: SEEN, outcome: z.string().trim().min(1).max(100).default("other"), text: TEXT.optional() }),
  note: z.object({ seen: SEEN, text: TEXT.min(1) }),
} satisfies Record<AlertVerb, z.ZodType>;

export function alertRoutes(deps: WorkAlertDeps): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/alerts",
      access: "viewer",
      summary: "Alert items, newest first, with the number in each state",
      query: z.object({
        state: z
          .string()
          .transform((text) => text.split(",").filter((word) => word !== ""))
          .pipe(z.array(z.enum(STATES)))
          .optional(),
        site: z.uuid().toLowerCase().optional(),
        include: z.literal("test").optional(),
        limit: z.coerce.number().int().min(1).max(200).default(50),
        cursor: z.string().max(100).optional(),
      }),
      handle: async (c, _body, query) => {
        const after = query.cursor === undefined ? null : decodeCursor(query.cursor);
        if (after === undefined) return { kind: "invalid", message: "The cursor is not one of ours." };
        // A test alert shows everywhere and says TEST: the point of the button is to see it arrive.
        const asked = {
          states: query.state ?? [],
          sees: actorOf(c).sites,
          site: query.site ?? null,
          test: "include" as const,
          after,
          limit: query.limit,
        };
        const items = await listItems(deps.db, asked);
        const last = items.at(-1);
        const answer: AlertsAnswer = {
          alerts: await alertItemViews(
            deps.db,
            items.map((item) => item.pass),
          ),
          next_cursor: items.length === query.limit && last !== undefined ? `${last.raisedMs}.${last.pass}` : null,
          counts: await countItems(deps.db, asked),
        };
        return c.json(answer);
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/alerts/:id",
      access: "viewer",
      summary: "One alert item, by its id or by the id of an alert in it",
      handle: async (c) => {
        const id = pathId<AlertId>(c);
        const item = id === undefined ? undefined : await findItem(deps.db, id, actorOf(c).sites);
        const [view] = item === undefined ? [] : await alertItemViews(deps.db, [item.pass]);
        return view === undefined ? UNKNOWN : c.json(view);
      },
    }),
    ...(Object.keys(BODIES) as AlertVerb[]).map((verb) => workRoute(deps, verb)),
  ];
}

const SUMMARY: Readonly<Record<AlertVerb, string>> = {
  acknowledge: "Someone has seen it",
  verify: "A person compared plate and picture: it is that plate",
  escalate: "Handed to a named coordinator or to police; refused until it is verified",
  dismiss: "Closed with a reason",
  note: "A note on it",
};

function workRoute(deps: WorkAlertDeps, verb: AlertVerb): Route {
  return route({
    method: "POST",
    path: `/api/v1/alerts/:id/${verb}`,
    access: "operator",
    summary: SUMMARY[verb],
    body: BODIES[verb] as z.ZodType<AlertOpArguments & { seen?: string[] }>,
    handle: async (c, { seen, ...args }) => {
      const id = pathId<AlertId>(c);
      if (id === undefined) return UNKNOWN;
      const given = Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined && value !== ""));
      const work = { verb, seen: seen === undefined ? null : (seen as AlertId[]), args: given };
      const done = await workAlert(deps, id, work, actorOf(c).sites, auditWho(c));
      return isRefusal(done) ? done : c.json(done.item);
    },
  });
}

function decodeCursor(text: string): { raisedMs: number; pass: string } | undefined {
  const [ms = "", id] = text.split(".");
  const pass = parseUuid<Rid>(id);
  return pass === undefined || !/^\d{1,15}$/.test(ms) ? undefined : { raisedMs: Number(ms), pass };
}
