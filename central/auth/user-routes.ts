import { z } from "zod";
import { auditWho } from "../http/audit-who.ts";
import { isRefusal } from "../http/refusal.ts";
import { type Route, route } from "../http/route.ts";
import { EMAIL, NEW_PASSWORD, PERSON_NAME } from "./auth-routes.ts";
import { addUser, type ChangeUsersDeps, changeUser } from "./change-users.ts";
import { listUsers } from "./user-rows.ts";

const ROLE = z.enum(["admin", "operator", "viewer"]);
const SITES = z.array(z.uuid().toLowerCase()).max(1000);

export function userRoutes(deps: ChangeUsersDeps): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/v1/users",
      access: "admin",
      summary: "All people",
      handle: async (c) => c.json({ users: await listUsers(deps.db) }),
    }),
    route({
      method: "POST",
      path: "/api/v1/users",
      access: "admin",
      summary: "Add a person",
      body: z.object({ email: EMAIL, name: PERSON_NAME, role: ROLE, password: NEW_PASSWORD, sites: SITES.default([]) }),
      handle: async (c, body) => {
        const answer = await addUser(deps, body, auditWho(c));
        return isRefusal(answer) ? answer : c.json(answer.user, 201);
      },
    }),
    route({
      method: "PATCH",
      path: "/api/v1/users/:id",
      access: "admin",
      summary: "Change a person's role, sites or password, or disable them",
      body: z.object({
        name: PERSON_NAME.optional(),
        role: ROLE.optional(),
        sites: SITES.optional(),
        disabled: z.boolean().optional(),
        password: NEW_PASSWORD.optional(),
      }),
      handle: async (c, body) => {
        const id = z.uuid().safeParse(c.req.param("id"));
        if (!id.success) return { kind: "not_found", message: "There is no such person." };
        const answer = await changeUser(deps, id.data.toLowerCase(), body, auditWho(c));
        return isRefusal(answer) ? answer : c.json(answer.user);
      },
    }),
  ];
}
