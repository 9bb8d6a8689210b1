import { test } from "uvu";
import * as assert from "uvu/assert";
import type { CollectorView, NoticesAnswer } from "../../shared/api/central-api.ts";
import { closeTestDb } from "../db/test-db.ts";
import { type Person, type TestCentral, testCentral } from "../test-central.ts";

test.after(closeTestDb);

const read = async <T>(answer: Promise<Response>): Promise<T> => (await (await answer).json()) as T;
const noticesOf = (person: Person) => read<NoticesAnswer>(person.get("/api/v1/notices"));
const wordsOf = async (person: Person) => (await noticesOf(person)).notices.map((one) => one.words);

/** Central with one site; `raise` writes a notice as the slices do. */
async function withSite(
  work: (world: {
    central: TestCentral;
    admin: Person;
    collector: CollectorView;
    raise: (words: string, level: "info" | "warning" | "alarm", collectorId: string | null, subject?: string) => Promise<void>;
  }) => Promise<void>,
): Promise<void> {
  const central = await testCentral();
  try {
    const admin = await central.signIn("admin");
    const { collector } = await read<{ collector: CollectorView }>(admin.send("POST", "/api/v1/collectors", { name: "Main & Maple" }));
    await work({
      central,
      admin,
      collector,
      raise: async (words, level, collectorId, subject = words) => {
        const raised_at = new Date(central.base.nowMs());
        await central.base.db
          .insertInto("notices")
          .values({ code: "test", subject, level, words, collector_id: collectorId, raised_at, cleared_at: null })
          .execute();
      },
    });
  } finally {
    await central.stop();
  }
}

test("open notices are told alarms first, then the newest, each with its site", () =>
  withSite(async ({ admin, collector, raise }) => {
    await raise("older", "warning", collector.id);
    await raise("newer", "warning", null);
    await raise("an alarm", "alarm", collector.id);
    await raise("by the way", "info", null);
    const { notices, open } = await noticesOf(admin);
    assert.equal(
      notices.map((one) => [one.words, one.site]),
      [
        ["an alarm", "Main & Maple"],
        ["newer", null],
        ["older", "Main & Maple"],
        ["by the way", null],
      ],
    );
    assert.is(open, 4);
  }));

test("an acknowledged notice is gone for everybody, once, and the audit log names who read it", () =>
  withSite(async ({ central, admin, collector, raise }) => {
    await raise("a log split", "alarm", collector.id);
    const operator = await central.signIn("operator");
    const id = (await noticesOf(operator)).notices[0]!.id;
    assert.is((await operator.send("POST", `/api/v1/notices/${id}/acknowledge`)).status, 204);
    assert.equal(await noticesOf(admin), { notices: [], open: 0 });
    assert.is((await admin.send("POST", `/api/v1/notices/${id}/acknowledge`)).status, 404);
    const { entries } = await read<{ entries: { action: string; subject: string; user_id: string }[] }>(
      admin.get("/api/v1/audit?action=notice.acknowledge"),
    );
    assert.equal(
      entries.map((one) => [one.subject, one.user_id]),
      [[id, operator.id]],
    );
  }));

test("the same thing happening again after it was acknowledged is told again", () =>
  withSite(async ({ admin, collector, raise }) => {
    await raise("a log split", "alarm", collector.id, "log 1");
    const [first] = (await noticesOf(admin)).notices;
    await admin.send("POST", `/api/v1/notices/${first!.id}/acknowledge`);
    await raise("the log split again", "alarm", collector.id, "log 1");
    assert.equal(await wordsOf(admin), ["the log split again"]);
  }));

test("people of some sites read and acknowledge the notices of their collectors only", () =>
  withSite(async ({ central, admin, collector, raise }) => {
    const { collector: other } = await read<{ collector: CollectorView }>(admin.send("POST", "/api/v1/collectors", { name: "Oak" }));
    await raise("of Oak", "alarm", other.id);
    await raise("of all", "alarm", null);
    await raise("of Maple", "warning", collector.id);
    const operator = await central.signIn("operator", [collector.site_id]);
    const { notices, open } = await noticesOf(operator);
    assert.equal(
      notices.map((one) => one.words),
      ["of Maple"],
    );
    assert.is(open, 1);
    for (const { id } of (await noticesOf(admin)).notices.filter((one) => one.words !== "of Maple"))
      assert.is((await operator.send("POST", `/api/v1/notices/${id}/acknowledge`)).status, 404);
    assert.is((await noticesOf(admin)).open, 3);
  }));

test("however many are open, 200 are told with the number of all", () =>
  withSite(async ({ central, admin }) => {
    const raised_at = new Date(central.base.nowMs());
    const many = Array.from({ length: 203 }, (_, at) => ({
      code: "test",
      subject: `${at}`,
      level: "info" as const,
      words: `${at}`,
      collector_id: null,
      raised_at,
      cleared_at: null,
    }));
    await central.base.db.insertInto("notices").values(many).execute();
    const { notices, open } = await noticesOf(admin);
    assert.is(notices.length, 200);
    assert.is(notices[0]!.words, "202");
    assert.is(open, 203);
  }));

test.run();
