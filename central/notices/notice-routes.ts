import type { NoticesAnswer } from "../../shared/api/central-api.ts";
import { auditWho } from "../http/audit-who.ts";
import { actorOf } from "../http/http-context.ts";
import { isRefusal } from "../http/refusal.ts";
import { type Route, route } from "../http/route.ts";
import { acknowledgeNotice, type NoticeDeps, UNKNOWN_NOTICE } from "./acknowledge-notice.ts";
import { countNotices, listNotices } from "./notice-rows.ts";

export function noticeRoutes(deps: NoticeDeps): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/notices",
      access: "viewer",
      summary: "What needs a person to know and nobody has acknowledged, alarms first, with the number of all",
      handle: async (c) => {
        const { sites } = actorOf(c);
        const answer: NoticesAnswer = { notices: await listNotices(deps.db, sites), open: await countNotices(deps.db, sites) };
        return c.json(answer);
      },
    }),
    route({
      method: "POST",
      path: "/api/v1/notices/:id/acknowledge",
      access: "operator",
      summary: "Someone has read it; the same thing happening once more is told once more",
      handle: async (c) => {
        const id = c.req.param("id") ?? "";
        if (!/^\d{1,15}$/.test(id)) return UNKNOWN_NOTICE;
        const done = await acknowledgeNotice(deps, Number(id), actorOf(c).sites, auditWho(c));
        return isRefusal(done) ? done : c.body(null, 204);
      },
    }),
  ];
}
