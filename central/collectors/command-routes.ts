import { z } from "zod";
import { auditWho } from "../http/audit-who.ts";
import { actorOf, type HttpContext } from "../http/http-context.ts";
import { pathId } from "../http/path-id.ts";
import { isRefusal, type Refusal } from "../http/refusal.ts";
import { type Route, route } from "../http/route.ts";
import { findConfig, isCollectorOf, listCommands } from "./command-rows.ts";
import { commandView, configView } from "./command-views.ts";
import { type CommandOrder, type MakeCommandDeps, makeCommand } from "./make-command.ts";

const UNKNOWN: Refusal = { kind: "not_found", message: "There is no such collector." };
const COMMANDS_SHOWN_MAX = 50;
const MINUTE_MS = 60_000;
const REASON = z.string().trim().min(3).max(200);
const WHEN = {
  not_before: z.iso.datetime({ offset: true }).optional(),
  expires_in_minutes: z
    .int()
    .min(1)
    .max(30 * 24 * 60)
    .optional(),
};
/** A report asked for by a press of a button needs no reason of its own; a change of what a site does always has one. */
const BODY = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("report-now"), reason: REASON.default("asked for"), ...WHEN }),
  z.object({ kind: z.literal("set-config"), reason: REASON, yaml: z.string(), based_on: z.int().min(0).optional(), ...WHEN }),
]);

/** `POST .../commands` asks a site to do something; its answer comes as a signed record, later. */
export function commandRoutes(deps: MakeCommandDeps): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/collectors/:id/commands",
      access: "viewer",
      summary: "The newest commands of a collector and what became of them",
      handle: (c) =>
        withCollector(deps, c, async (id) => {
          const rows = await listCommands(deps.db, id, COMMANDS_SHOWN_MAX);
          return c.json({ commands: rows.map((row) => commandView(row, deps.nowMs())) });
        }),
    }),
    route({
      method: "POST",
      path: "/api/v1/collectors/:id/commands",
      access: "operator",
      summary: "Ask a site for a report (operators) or send it a configuration (administrators)",
      body: BODY,
      handle: async (c, body) => {
        const id = pathId(c);
        const actor = actorOf(c);
        if (id === undefined) return UNKNOWN;
        if (body.kind === "set-config" && actor.role !== "admin") {
          return { kind: "forbidden", message: "Only an administrator sends a configuration." };
        }
        const made = await makeCommand(deps, id, orderOf(body), actor.sites, auditWho(c));
        if (isRefusal(made)) return made;
        const [row] = await listCommands(deps.db, id, 1, made.id);
        return c.json(commandView(row!, deps.nowMs()), 201);
      },
    }),
    route({
      method: "GET",
      path: "/api/v1/collectors/:id/config",
      access: "admin",
      summary: "The configuration last sent to a site, and the revisions wanted and running",
      handle: (c) => withCollector(deps, c, async (id) => c.json(configView(await findConfig(deps.db, id)))),
    }),
  ];
}

async function withCollector(
  deps: MakeCommandDeps,
  c: HttpContext,
  handle: (id: string) => Promise<Response | Refusal>,
): Promise<Response | Refusal> {
  const id = pathId(c);
  return id !== undefined && (await isCollectorOf(deps.db, id, actorOf(c).sites)) ? handle(id) : UNKNOWN;
}

function orderOf(body: z.output<typeof BODY>): CommandOrder {
  return {
    reason: body.reason,
    notBeforeMs: body.not_before === undefined ? null : Date.parse(body.not_before),
    expiresAfterMs: body.expires_in_minutes === undefined ? null : body.expires_in_minutes * MINUTE_MS,
    what: body.kind === "report-now" ? { kind: "report-now" } : { kind: "set-config", yaml: body.yaml, basedOn: body.based_on ?? null },
  };
}
