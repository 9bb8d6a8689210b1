import { z } from "zod";
import type { EntryDecisionsAnswer } from "../../shared/api/central-api.ts";
import { auditWho } from "../http/audit-who.ts";
import { isRefusal, type Refusal } from "../http/refusal.ts";
import { type Route, route } from "../http/route.ts";
import { decideEntry } from "./decide-entry.ts";
import { openDecisions } from "./decision-rows.ts";
import type { EditListDeps } from "./edit-list.ts";

const NO_DECISION: Refusal = { kind: "not_found", message: "There is no such decision." };

export function decisionRoutes(deps: EditListDeps): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/watchlists/decisions",
      access: "admin",
      summary: "Entries where an edit met a delete, or came long after it: a person decides",
      handle: async (c) => {
        const answer: EntryDecisionsAnswer = { decisions: await openDecisions(deps.db) };
        return c.json(answer);
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/watchlists/decisions/:id",
      access: "admin",
      summary: "Decide: keep the entry, or let it stay deleted",
      body: z.object({ decision: z.enum(["keep", "delete"]) }),
      handle: async (c, body) => {
        const [, kind, id] = /^(conflict|review)-(\d{1,15})$/.exec(c.req.param("id") ?? "") ?? [];
        if (id === undefined || (kind !== "conflict" && kind !== "review")) return NO_DECISION;
        const answer = await decideEntry(deps, kind, Number(id), body.decision, auditWho(c));
        return isRefusal(answer) ? answer : c.json({ ok: true });
      },
    }),
  ];
}
