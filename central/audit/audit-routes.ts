import { z } from "zod";
import type { Db } from "../db/open-db.ts";
import { type Route, route } from "../http/route.ts";
import { listAudit } from "./audit-list-rows.ts";

const PAGE_MAX = 200;

export function auditRoutes(deps: { readonly db: Db }): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/audit",
      access: "admin",
      summary: "What people did, newest first",
      query: z.object({
        limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(50),
        cursor: z
          .string()
          .regex(/^\d{1,15}$/)
          .optional(),
        action: z.string().max(64).optional(),
        user: z.uuid().optional(),
      }),
      handle: async (c, _body, query) => {
        const entries = await listAudit(deps.db, {
          beforeSeq: query.cursor === undefined ? null : Number(query.cursor),
          limit: query.limit,
          ...(query.action === undefined ? {} : { action: query.action }),
          ...(query.user === undefined ? {} : { userId: query.user }),
        });
        const last = entries.at(-1);
        return c.json({ entries, next_cursor: entries.length === query.limit && last !== undefined ? String(last.seq) : null });
      },
    }),
  ];
}
