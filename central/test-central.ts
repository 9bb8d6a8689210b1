import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Role } from "../shared/api/central-api.ts";
import { addUser } from "./auth/change-users.ts";
import { ensureFirstAdministrator } from "./auth/first-administrator.ts";
import { type Composed, composeCentral } from "./compose-central.ts";
import { readConfig } from "./config.ts";
import type { OpenDb } from "./db/open-db.ts";
import { testDb } from "./db/test-db.ts";
import { type Foundation, openFoundation } from "./foundation.ts";

/** The whole of central on the test process's database (or `open`, migrated), without a port: requests go straight to the application. */
export interface TestCentral {
  readonly base: Foundation;
  readonly parts: Composed;
  /** A signed-in person's requests; sites empty: all. */
  readonly signIn: (role: Role, sites?: readonly string[]) => Promise<Person>;
  readonly request: (method: string, path: string, options?: RequestOptions) => Promise<Response>;
  readonly stop: () => Promise<void>;
}

export interface RequestOptions {
  readonly body?: unknown;
  readonly cookie?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Person {
  readonly id: string;
  readonly email: string;
  readonly cookie: string;
  readonly get: (path: string) => Promise<Response>;
  readonly send: (method: string, path: string, body?: unknown) => Promise<Response>;
}

export const ADMIN = { email: "admin@example.org", password: "correct horse" };
const WHO = { userId: null, userName: "test", address: null, requestId: null };

export interface TestCentralOptions {
  readonly publicUrl?: string;
  readonly open?: OpenDb;
  /** More of the environment that it is configured by. */
  readonly env?: Readonly<Record<string, string>>;
}

export async function testCentral(options: TestCentralOptions = {}): Promise<TestCentral> {
  const dataDir = mkdtempSync(join(tmpdir(), "chaverim-central-"));
  const config = {
    ...readConfig({
      CHAVERIM_DATA_DIR: dataDir,
      CHAVERIM_LOG_LEVEL: "silent",
      ...options.env,
      ...(options.publicUrl ? { CHAVERIM_PUBLIC_URL: options.publicUrl } : {}),
    }),
  };
  const base = await openFoundation(
    config,
    options.open ?? { db: await testDb(), engine: "pglite", pglite: null, close: async () => undefined },
  );
  const parts = await composeCentral(base);
  await ensureFirstAdministrator(base, ADMIN.email, ADMIN.password);

  const request: TestCentral["request"] = async (method, path, { body, cookie, headers } = {}) =>
    parts.http.request(path, {
      method,
      headers: {
        host: "central.test",
        ...(cookie === undefined ? {} : { cookie }),
        ...(body === undefined
          ? {}
          : { "content-type": "application/json", "content-length": String(Buffer.byteLength(JSON.stringify(body))) }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  let people = 0;
  const signIn: TestCentral["signIn"] = async (role, sites = []) => {
    const email = role === "admin" && sites.length === 0 ? ADMIN.email : `${role}${++people}@example.org`;
    if (email !== ADMIN.email) await addUser(base, { email, name: `${role} ${people}`, role, password: ADMIN.password, sites }, WHO);
    const answer = await request("POST", "/api/v1/auth/login", { body: { email, password: ADMIN.password } });
    if (answer.status !== 200) throw new Error(`sign-in: ${answer.status}`);
    const cookie = (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
    const { id } = (await answer.json()) as { id: string };
    return {
      id,
      email,
      cookie,
      get: (path) => request("GET", path, { cookie }),
      send: (method, path, body = {}) => request(method, path, { cookie, body }),
    };
  };
  return {
    base,
    parts,
    request,
    signIn,
    stop: async () => {
      await parts.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** A central of its own for one test, ended after it whatever happens. */
export async function withCentral(work: (central: TestCentral) => Promise<void>, options: TestCentralOptions = {}): Promise<void> {
  const central = await testCentral(options);
  try {
    await work(central);
  } finally {
    await central.stop();
  }
}
