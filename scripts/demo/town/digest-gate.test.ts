import { test } from "uvu";
import * as assert from "uvu/assert";
import { type DigestGateOptions, type DigestVerdict, openDigestGate } from "./digest-gate.ts";
import { signIn } from "./probe-camera.ts";

const login = { username: "viewer", password: "Maple-123456" };

function gateAt(clock: { ms: number }, change: Partial<DigestGateOptions> = {}): ReturnType<typeof openDigestGate> {
  let made = 0;
  return openDigestGate({
    realm: "IP Camera(TEST1)",
    ...login,
    algorithms: ["MD5"],
    form: "camera",
    nonceLifeMs: 60_000,
    bindNonceToPath: false,
    lockMs: 1_800_000,
    nowMs: () => clock.ms,
    nonceHex: () => `4e6f${++made}`,
    ...change,
  });
}

function refused(verdict: DigestVerdict): Extract<DigestVerdict, { kind: "refused" }> {
  if (verdict.kind !== "refused") throw new Error("was accepted");
  return verdict;
}

const ask = (authorization: string | undefined, url = "/ISAPI/System/time") => ({
  method: "GET",
  url,
  authorization,
  address: "127.0.0.1",
});

for (const [algorithm, response] of [
  ["MD5", "8ca523f5e9506fed4657c9700eebdbec"],
  ["SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"],
] as const) {
  test(`the ${algorithm} example of RFC 7616 section 3.9.1 is accepted, and refused when one digit differs`, () => {
    const nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
    const gate = gateAt(
      { ms: 0 },
      { realm: "http-auth@example.org", username: "Mufasa", password: "Circle of Life", algorithms: [algorithm], nonceHex: () => nonce },
    );
    const header = (value: string): string =>
      `Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=${algorithm}, nonce="${nonce}", nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="${value}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;
    gate.check(ask(undefined, "/dir/index.html"));
    assert.is(refused(gate.check(ask(header(response.replace(/^./, "0")), "/dir/index.html"))).why, "wrong");
    assert.is(gate.check(ask(header(response), "/dir/index.html")).kind, "accepted");
  });
}

test("the challenge is written as real units write it", () => {
  const recorder = refused(gateAt({ ms: 1_685_000_004_756 }, { form: "recorder", realm: "fe12" }).check(ask(undefined)));
  assert.equal(recorder.challenges, [
    'Digest realm="fe12", domain="::", qop="auth", nonce="4e6f1:1685000004756", opaque="", algorithm="MD5", stale="FALSE"',
  ]);
  const camera = refused(gateAt({ ms: 0 }).check(ask(undefined)));
  assert.equal(camera.challenges, ['Digest qop="auth", realm="IP Camera(TEST1)", nonce="4e6f1", stale="FALSE"']);
  const both = refused(gateAt({ ms: 0 }, { algorithms: ["SHA-256", "MD5"] }).check(ask(undefined)));
  assert.match(both.challenges[0]!, 'algorithm="SHA-256"');
  assert.match(both.challenges[1]!, 'algorithm="MD5"');
});

test("a right answer on an expired nonce is stale and counts as no wrong login", () => {
  const clock = { ms: 0 };
  const gate = gateAt(clock);
  for (let i = 0; i < 8; i++) {
    const challenge = refused(gate.check(ask(undefined))).challenges[0]!;
    clock.ms += 60_001;
    const verdict = refused(gate.check(ask(signIn(challenge, login, "GET", "/ISAPI/System/time"))));
    assert.is(verdict.why, "stale");
    assert.match(verdict.challenges[0]!, 'stale="TRUE"');
  }
});

test("a nonce count that was used before is stale", () => {
  const gate = gateAt({ ms: 0 });
  const challenge = refused(gate.check(ask(undefined))).challenges[0]!;
  const answer = signIn(challenge, login, "GET", "/ISAPI/System/time");
  assert.is(gate.check(ask(answer)).kind, "accepted");
  assert.is(refused(gate.check(ask(answer))).why, "stale");
  assert.is(gate.check(ask(signIn(challenge, login, "GET", "/ISAPI/System/time", 2))).kind, "accepted");
});

test("a nonce bound to its path serves no other path", () => {
  const gate = gateAt({ ms: 0 }, { bindNonceToPath: true });
  const challenge = refused(gate.check(ask(undefined))).challenges[0]!;
  assert.is(refused(gate.check(ask(signIn(challenge, login, "GET", "/other"), "/other"))).why, "stale");
});

test("an answer for another address or method is wrong", () => {
  const gate = gateAt({ ms: 0 });
  const challenge = refused(gate.check(ask(undefined))).challenges[0]!;
  assert.is(refused(gate.check(ask(signIn(challenge, login, "GET", "/other")))).why, "wrong");
  assert.is(refused(gate.check(ask(signIn(challenge, login, "PUT", "/ISAPI/System/time")))).why, "wrong");
});

test("five wrong logins lock the address, right ones included, until the time is over", () => {
  const clock = { ms: 0 };
  const gate = gateAt(clock);
  const tryWith = (password: string): DigestVerdict => {
    const challenge = refused(gate.check(ask(undefined))).challenges[0]!;
    return gate.check(ask(signIn(challenge, { ...login, password }, "GET", "/ISAPI/System/time")));
  };
  assert.match(refused(tryWith("no")).body, "<retryLoginTime>4</retryLoginTime>");
  for (let i = 0; i < 3; i++) assert.is(refused(tryWith("no")).why, "wrong");
  assert.match(refused(tryWith("no")).body, /<lockStatus>lock<\/lockStatus>\n<unlockTime>1800<\/unlockTime>/);
  assert.is(refused(tryWith(login.password)).why, "locked");
  assert.is(gate.check({ ...ask(undefined), address: "192.0.2.9" }).kind, "refused");
  clock.ms += 1_800_001;
  assert.is(tryWith(login.password).kind, "accepted");
});

test("a right login wipes the wrong ones before it", () => {
  const gate = gateAt({ ms: 0 });
  for (let i = 0; i < 12; i++) {
    const challenge = refused(gate.check(ask(undefined))).challenges[0]!;
    const password = i % 4 === 3 ? login.password : "no";
    const verdict = gate.check(ask(signIn(challenge, { ...login, password }, "GET", "/ISAPI/System/time")));
    assert.is(verdict.kind, i % 4 === 3 ? "accepted" : "refused");
  }
});

test.run();
