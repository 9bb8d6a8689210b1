import { sign } from "hono/jwt";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { closeTestDb } from "../db/test-db.ts";
import { ADMIN, type TestCentral, withCentral } from "../test-central.ts";
import { ensureFirstAdministrator } from "./first-administrator.ts";
import { createPasswords } from "./passwords.ts";

test.after(closeTestDb);

const login = (central: TestCentral, email: string, password: string): Promise<Response> =>
  central.request("POST", "/api/v1/auth/login", { body: { email, password } });

test("T-26 the session cookie is out of reach of scripts and other sites, and by https of other hosts", async () => {
  await withCentral(async (central) => {
    const cookie = (await login(central, ADMIN.email, ADMIN.password)).headers.get("set-cookie") ?? "";
    assert.match(cookie, /^chaverim_session=[^;]+; Max-Age=86400; Path=\/; HttpOnly; SameSite=Strict$/);
  });
  await withCentral(
    async (central) => {
      const answer = await login(central, ADMIN.email, ADMIN.password);
      assert.match(
        answer.headers.get("set-cookie") ?? "",
        /^__Host-chaverim_session=[^;]+; Max-Age=86400; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
      );
      assert.ok(answer.headers.get("strict-transport-security"));
    },
    { publicUrl: "https://central.example.org" },
  );
});

test("T-21 the sixth try is refused, with the right password too; other people are not", () =>
  withCentral(async (central) => {
    const other = await central.signIn("viewer");
    for (let at = 0; at < 5; at++) assert.is((await login(central, ADMIN.email, "wrong password")).status, 401);
    const locked = await login(central, ADMIN.email, ADMIN.password);
    assert.is(locked.status, 429);
    assert.is(locked.headers.get("retry-after"), "900");
    assert.is((await login(central, other.email, ADMIN.password)).status, 200);
  }));

test("many tries at once get no more guesses than one after the other", () =>
  withCentral(async (central) => {
    const answers = await Promise.all(Array.from({ length: 12 }, (_, at) => login(central, ADMIN.email, `wrong ${at}`)));
    const looked = answers.filter((answer) => answer.status === 401).length;
    assert.ok(looked <= 5, `${looked} passwords were looked at`);
  }));

test("T-22 an unknown name gets the same answer as a wrong password", () =>
  withCentral(async (central) => {
    const read = async (email: string) => {
      const answer = await login(central, email, "wrong password");
      const { error } = (await answer.json()) as { error: { code: string; message: string } };
      return [answer.status, error.code, error.message];
    };
    assert.equal(await read(ADMIN.email), await read("nobody@example.org"));
  }));

test("T-23 sign-ins beyond the queue are told to wait", async () => {
  const passwords = createPasswords();
  const all = await Promise.all(Array.from({ length: 40 }, () => passwords.verify(null, "x")));
  assert.ok(all.filter((one) => one.kind === "busy").length >= 18);
  assert.ok(all.filter((one) => one.kind === "wrong").length >= 20);
  assert.is((await passwords.verify(null, "x")).kind, "wrong", "afterwards there is room again");
});

test("T-24 forged, unsigned, expired and foreign tokens are nobody", () =>
  withCentral(async (central) => {
    const { cookie } = await central.signIn("admin");
    const [name, real = ""] = cookie.split("=");
    const payload = JSON.parse(Buffer.from(real.split(".")[1]!, "base64url").toString()) as { sid: string; iat: number; exp: number };
    const text = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const { tokenKey } = central.base.keys;
    const forged = [
      "",
      "x",
      "a.b.c",
      `${text({ alg: "none", typ: "JWT" })}.${text(payload)}.`,
      `${text({ alg: "HS256", typ: "JWT" })}.${text(payload)}.`,
      `${text({ alg: "RS256", typ: "JWT" })}.${text(payload)}.${real.split(".")[2]}`,
      `${real.split(".")[0]}.${text({ ...payload, exp: payload.exp + 9e9 })}.${real.split(".")[2]}`,
      await sign(payload, "another key", "HS256"),
      await sign(payload, tokenKey, "HS512"),
      await sign({ ...payload, exp: payload.iat - 10 }, tokenKey, "HS256"),
      await sign({ ...payload, exp: payload.iat + 1e8 }, tokenKey, "HS256"),
      await sign({ ...payload, sid: "01900000-0000-7000-8000-000000000001" }, tokenKey, "HS256"),
      await sign({ ...payload, sid: { $ne: null } as never }, tokenKey, "HS256"),
    ];
    for (const token of forged)
      assert.is((await central.request("GET", "/api/v1/auth/me", { cookie: `${name}=${token}` })).status, 401, token);
    assert.is((await central.request("GET", "/api/v1/auth/me", { cookie })).status, 200);
  }));

test("T-25 a disabled person is out with the next request; signing out ends the session at central too", () =>
  withCentral(async (central) => {
    const admin = await central.signIn("admin");
    const viewer = await central.signIn("viewer");
    assert.is((await admin.send("PATCH", `/api/v1/users/${viewer.id}`, { disabled: true })).status, 200);
    assert.is((await viewer.get("/api/v1/auth/me")).status, 401);
    assert.is((await login(central, viewer.email, ADMIN.password)).status, 401);
    assert.is((await admin.send("POST", "/api/v1/auth/logout")).status, 204);
    assert.is((await admin.get("/api/v1/auth/me")).status, 401);
  }));

test("T-34 fields that nobody may set are ignored, and the last administrator stays", () =>
  withCentral(async (central) => {
    const admin = await central.signIn("admin");
    const viewer = await central.signIn("viewer");
    const answer = await admin.send("PATCH", `/api/v1/users/${viewer.id}`, {
      name: "Vi",
      is_admin: true,
      __proto__: { role: "admin" },
      email: "other@example.org",
    });
    const user = (await answer.json()) as { name: string; role: string; email: string };
    assert.equal([user.name, user.role, user.email], ["Vi", "viewer", viewer.email]);
    assert.is((await admin.send("PATCH", `/api/v1/users/${admin.id}`, { role: "viewer" })).status, 409);
  }));

test("the set-up link works once, within its half hour, and only while there is nobody", () =>
  withCentral(async (central) => {
    const { base } = central;
    await base.db.deleteFrom("users").execute();
    const first = await ensureFirstAdministrator(base, null, null);
    if (first.kind !== "link") throw new Error("a link was expected");
    const setUp = (token: string) =>
      central.request("POST", "/api/v1/auth/setup", {
        body: { token, email: "first@example.org", name: "First", password: "long enough" },
      });
    assert.is((await setUp("wrong")).status, 410);
    assert.is((await setUp(first.token)).status, 204);
    assert.is((await setUp(first.token)).status, 410);
    assert.is((await login(central, "first@example.org", "long enough")).status, 200);
    assert.is((await ensureFirstAdministrator(base, null, null)).kind, "there-already");
  }));

test("the environment makes the first administrator only, and says what is missing", () =>
  withCentral(async ({ base }) => {
    assert.is((await ensureFirstAdministrator(base, "x@example.org", "long enough")).kind, "there-already");
    await base.db.deleteFrom("users").execute();
    for (const [email, password, name] of [
      ["x@example.org", null, "CHAVERIM_ADMIN_PASSWORD"],
      [null, "long enough", "CHAVERIM_ADMIN_EMAIL"],
      ["x@example.org", "short", "CHAVERIM_ADMIN_PASSWORD"],
      ["no address", "long enough", "CHAVERIM_ADMIN_EMAIL"],
    ] as const) {
      try {
        await ensureFirstAdministrator(base, email, password);
        assert.unreachable();
      } catch (error) {
        assert.ok((error as Error).message.startsWith(`${name}: `), (error as Error).message);
      }
    }
  }));

test("T-17 what cannot be recorded does not happen", () =>
  withCentral(async (central) => {
    const admin = await central.signIn("admin");
    await central.base.db.schema.alterTable("audit_log").renameTo("audit_log_away").execute();
    try {
      const answer = await admin.send("POST", "/api/v1/users", {
        email: "n@example.org",
        name: "N",
        role: "viewer",
        password: "long enough",
      });
      assert.is(answer.status, 503);
    } finally {
      await central.base.db.schema
        .alterTable("audit_log_away" as never)
        .renameTo("audit_log")
        .execute();
    }
    const { users } = (await (await admin.get("/api/v1/users")).json()) as { users: { email: string }[] };
    assert.not.ok(users.some((user) => user.email === "n@example.org"));
  }));

test.run();
