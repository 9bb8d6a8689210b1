import { Hono } from "hono";
import type { SiteAlertsAnswer } from "../../shared/api/site-api.ts";
import type { Moment } from "../../shared/log/chain.ts";
import type { AlertOpArguments, AlertVerb } from "../../shared/model/alert.ts";
import { type AlertId, parseUuid, type Rid } from "../../shared/model/ids.ts";
import type { EdgeWriter } from "../log/store-port.ts";
import type { AlertViews } from "./alert-views.ts";
import { cursorOf, limitOf, readJson, textField } from "./read-json.ts";
import { refuse } from "./refusal.ts";
import type { SiteEnv } from "./site-env.ts";

export interface AlertRoutesDeps {
  readonly views: AlertViews;
  /** Pass of an alert's id; undefined when it is none. */
  readonly passOfAlert: (alert: AlertId) => Rid | undefined;
  readonly writer: Pick<EdgeWriter, "applyAlertOp">;
  readonly moment: () => Moment;
}

const VERBS: readonly AlertVerb[] = ["acknowledge", "verify", "escalate", "dismiss", "note"];
const ARGUMENTS = ["text", "outcome", "to", "how", "reference"] as const;

/** Items are addressed by their pass, or by any alert in them. */
export function alertRoutes(deps: AlertRoutesDeps): Hono<SiteEnv> {
  const passOf = (text: string): Rid | undefined => {
    const id = parseUuid<Rid>(text);
    if (id === undefined) return undefined;
    return deps.views.view(id) === null ? deps.passOfAlert(id as string as AlertId) : id;
  };
  return new Hono<SiteEnv>()
    .get("/", (c) => {
      const cursor = cursorOf(c);
      if (cursor === undefined) return refuse(c, "bad_request", "That cursor is not one of ours.");
      const page = deps.views.page(cursor, limitOf(c, 50, 200));
      const answer: SiteAlertsAnswer = { alerts: page.views, next_cursor: page.next === null ? null : String(page.next) };
      return c.json(answer);
    })
    .get("/:id", (c) => {
      const pass = passOf(c.req.param("id"));
      const view = pass === undefined ? null : deps.views.view(pass);
      return view === null ? refuse(c, "not_found", "There is no such alert here.") : c.json(view);
    })
    .post("/:id/:verb", async (c) => {
      const verb = VERBS.find((one) => one === c.req.param("verb"));
      const pass = passOf(c.req.param("id"));
      if (verb === undefined || pass === undefined) return refuse(c, "not_found", "There is no such alert here.");
      const body = await readJson(c);
      if (body === undefined) return refuse(c, "bad_request", "The request is not JSON.");
      const asker = c.get("asker");
      const author = asker.kind === "person" ? asker.name : "local token";
      const outcome = await deps.writer.applyAlertOp({
        pass,
        verb,
        seen: seenOf(body),
        args: argumentsOf(body),
        author,
        moment: deps.moment(),
      });
      switch (outcome.kind) {
        case "done":
          return c.json(deps.views.view(pass));
        case "verify-first":
          return refuse(c, "verify_first", 'Compare plate and picture first: press "It is them". Then it can be handed on.');
        case "unknown-alert":
          return refuse(c, "not_found", "There is no such alert here.");
        case "invalid":
          return refuse(c, "invalid", outcome.why);
      }
    });
}

function seenOf(body: Readonly<Record<string, unknown>>): AlertId[] | null {
  const seen = body.seen;
  if (!Array.isArray(seen)) return null;
  return seen.slice(0, 64).flatMap((id) => parseUuid<AlertId>(id) ?? []);
}

function argumentsOf(body: Readonly<Record<string, unknown>>): AlertOpArguments {
  const pairs = ARGUMENTS.map((name) => [name, textField(body, name)] as const);
  return Object.fromEntries(pairs.filter(([, text]) => text !== ""));
}
