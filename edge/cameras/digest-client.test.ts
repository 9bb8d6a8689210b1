import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type CameraLogin, createCameraLogin } from "./camera-login.ts";
import { realWorld } from "./camera-world.ts";
import { authorisation, chooseChallenge } from "./digest-challenge.ts";
import { type CameraAnswer, type CameraClient, createCameraClient } from "./digest-client.ts";
import { startTestCamera, TEST_USER, type TestCamera, type TestCameraOptions } from "./test-camera.ts";

const signal = new AbortController().signal;
const text = (answer: CameraAnswer): string =>
  answer.kind === "answer" ? `${answer.status} ${Buffer.from(answer.body).toString()}` : answer.kind;

async function withCamera(
  options: Partial<TestCameraOptions>,
  run: (client: CameraClient, camera: TestCamera, login: CameraLogin) => Promise<void>,
  password = "right password",
): Promise<void> {
  const camera = await startTestCamera({ answer: ({ path }, response) => response.end(`saw ${path}`), ...options });
  const login = createCameraLogin({ username: TEST_USER, password, monotonicMs: realWorld.monotonicMs });
  const lockedForMs = (body: Uint8Array): number | null => (Buffer.from(body).includes("lock</lockStatus>") ? 1000 : null);
  const client = createCameraClient({ url: new URL(camera.url), login, world: realWorld, lockedForMs });
  try {
    await run(client, camera, login);
  } finally {
    client.close();
    await camera.close();
  }
}
const get = (client: CameraClient, path = "/a", timeoutMs = 2000): Promise<CameraAnswer> =>
  client.request({ method: "GET", path, signal, timeoutMs });

for (const algorithms of [
  ["MD5"],
  ["SHA-256"],
  ["MD5-sess"],
  ["SHA-256-sess"],
  ["SHA-256", "MD5"],
  ["SHA-512-256"],
  ["strange", "MD5"],
  ["md5"],
]) {
  for (const qop of ["auth", "", "auth-int", "auth,auth-int"]) {
    test(`digest ${algorithms.join(" or ")} with qop "${qop}" is answered, first without credentials and on the same socket`, async () => {
      await withCamera({ algorithms, qop }, async (client, camera) => {
        assert.is(text(await get(client)), "200 saw /a");
        assert.equal(
          camera.requests.map(({ scheme, socket }) => [scheme, socket]),
          [
            ["", 1],
            ["Digest", 1],
          ],
        );
      });
    });
  }
}

test("a challenge is used again for its path with a rising count, and a new path begins anew", async () => {
  await withCamera({}, async (client, camera) => {
    for (const path of ["/a", "/a", "/b", "/a"]) assert.is(text(await get(client, path)), `200 saw ${path}`);
    assert.equal(
      camera.requests.map(({ path, scheme }) => `${path} ${scheme}`.trim()),
      ["/a", "/a Digest", "/a Digest", "/b", "/b Digest", "/a Digest"],
    );
  });
});

test("a stale nonce is replaced and is no refused login", async () => {
  for (const nonceForgotten of [false, true]) {
    await withCamera({ nonceUses: 1, nonceForgotten }, async (client, camera, login) => {
      for (let at = 0; at < 3; at++) assert.is(text(await get(client)), "200 saw /a");
      assert.is(camera.requests.length, 2 + 2 + 2);
      assert.is(login.refusal(), null);
    });
  }
});

test("a camera that calls every nonce stale is not asked for ever", async () => {
  await withCamera({ nonceUses: 0 }, async (client, camera) => {
    assert.is(text(await get(client)), "refused");
    assert.is(camera.requests.length, 3);
  });
});

test("a wrong password costs one wrong login, whatever is asked afterwards", async () => {
  await withCamera(
    {},
    async (client, camera, login) => {
      for (const path of ["/a", "/a", "/b", "/c"]) assert.is(text(await get(client, path)), "refused");
      assert.is(camera.requests.length, 2);
      assert.is(camera.requests.filter(({ scheme }) => scheme !== "").length, 1);
      assert.is(login.refusal()?.why, "wrong-password");
      assert.ok(login.refusedForMs() > 29 * 60_000);
    },
    "wrong",
  );
});

test("a camera that says it has locked us out is not tried at all", async () => {
  await withCamera({ body401: "<lockStatus>lock</lockStatus><unlockTime>1800</unlockTime>" }, async (client, camera, login) => {
    assert.is(text(await get(client)), "refused");
    assert.equal([camera.requests.length, camera.requests[0]?.scheme, login.refusal()?.why], [1, "", "locked"]);
  });
});

test("a refused side login stops only itself, a refused main login both", async () => {
  const main = createCameraLogin({ username: TEST_USER, password: "x", monotonicMs: () => 0 });
  const side = createCameraLogin({ username: TEST_USER, password: "x", monotonicMs: () => 0, parent: main });
  const refusal = { why: "wrong-password", body: new Uint8Array() } as const;
  side.refuse(refusal, 0);
  assert.equal([main.refusal(), side.refusal()], [null, refusal]);
  main.refuse({ ...refusal, why: "locked" }, 3_600_000);
  assert.equal([main.refusal()?.why, side.refusal()?.why, main.refusedForMs()], ["locked", "locked", 3_600_000]);
});

test("Basic is answered where nothing else is offered, but never to a camera that once offered a digest", async () => {
  await withCamera({ scheme: "basic" }, async (client, camera) => {
    assert.is(text(await get(client)), "200 saw /a");
    assert.equal(
      camera.requests.map(({ scheme }) => scheme),
      ["", "Basic"],
    );
  });
  await withCamera({ scheme: "basic" }, async (client, camera, login) => {
    login.remember("/other", chooseChallenge(['Digest realm="x", nonce="y"'])!);
    assert.is(text(await get(client)), "refused");
    assert.equal([camera.requests.length, login.refusal()?.why], [1, "no-known-scheme"]);
  });
});

test("a strange scheme is refused without an attempt, a camera without login is simply read", async () => {
  await withCamera({ scheme: "strange" }, async (client, camera) => {
    assert.is(text(await get(client)), "refused");
    assert.is(camera.requests.length, 1);
  });
  await withCamera({ scheme: "none" }, async (client) => assert.is(text(await get(client)), "200 saw /a"));
});

test("a streaming POST carries its authorisation on its first send", async () => {
  const answer: TestCameraOptions["answer"] = (_request, response) => {
    response.writeHead(200, { "Content-Type": "multipart/mixed" });
    response.write("first");
  };
  await withCamera({ answer }, async (client, camera) => {
    const stream = await client.open({ method: "POST", path: "/s", body: "<x/>", signal, timeoutMs: 1000 });
    assert.is(stream.kind, "stream");
    if (stream.kind !== "stream") return;
    for await (const chunk of stream.bytes) {
      assert.is(Buffer.from(chunk).toString(), "first");
      break;
    }
    stream.close();
    assert.equal(
      camera.requests.map(({ method, scheme, body }) => `${method} ${scheme} ${body}`),
      ["GET  ", "POST Digest <x/>"],
    );
  });
});

test("an HTTPS camera with a certificate of its own making is accepted", async () => {
  const certificate = { key: CAMERA_KEY, cert: CAMERA_CERTIFICATE };
  await withCamera({ certificate }, async (client) => assert.is(text(await get(client)), "200 saw /a"));
});

test("a camera that does not answer, or is not there, is unreachable with a reason", async () => {
  await withCamera({ answer: () => {} }, async (client) => {
    const silent = await get(client, "/a", 100);
    assert.equal(silent, { kind: "unreachable", message: "no answer within 100 ms" });
  });
  const gone = await startTestCamera({ answer: () => {} });
  await gone.close();
  const login = createCameraLogin({ username: TEST_USER, password: "x", monotonicMs: realWorld.monotonicMs });
  const client = createCameraClient({ url: new URL(gone.url), login, world: realWorld, lockedForMs: () => null });
  assert.equal(await get(client), { kind: "unreachable", message: "nothing answers at this address and port" });
  client.close();
});

test("an answer without end is cut at its limit", async () => {
  const chunk = Buffer.alloc(1 << 20);
  let sent = 0;
  const answer: TestCameraOptions["answer"] = (_request, response) => {
    const more = (): void => {
      while (sent < 100 && !response.destroyed && response.write(chunk)) sent += 1;
    };
    response.on("drain", more);
    more();
  };
  await withCamera({ answer }, async (client) => assert.is((await get(client, "/a", 10_000)).kind, "too-large"));
  assert.ok(sent < 40, `${sent} MiB sent`);
});

test("recorded challenges are understood", () => {
  const lines = (name: string): string[] =>
    readFileSync(new URL(`./hikvision/fixtures/${name}`, import.meta.url), "latin1")
      .split("\r\n")
      .flatMap((line) => (line.startsWith("WWW-Authenticate: ") ? [line.slice(18)] : []));
  const recorder = chooseChallenge(lines("401-challenge.http"));
  assert.equal(recorder?.scheme === "digest" && [recorder.algorithm, recorder.hash, recorder.opaque, recorder.qop, recorder.stale], [
    "MD5",
    "md5",
    "",
    "auth",
    false,
  ]);
  const both = chooseChallenge(lines("401-challenge-sha256.http"));
  assert.equal(both?.scheme === "digest" && [both.algorithm, both.hash, both.opaque], ["SHA-256", "sha256", null]);
  const inOneLine = chooseChallenge(['Basic realm="a, b", Digest qop="auth", realm="r", nonce="n", stale="TRUE"']);
  assert.equal(inOneLine?.scheme === "digest" && [inOneLine.nonce, inOneLine.stale, inOneLine.algorithm], ["n", true, null]);
  assert.is(chooseChallenge([]), null);
});

test("the examples of RFC 7616 come out as printed there", () => {
  const line = (algorithm: string): string =>
    `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;
  const header = (algorithm: string): string =>
    authorisation(chooseChallenge([line(algorithm)])!, {
      username: "Mufasa",
      password: "Circle of Life",
      method: "GET",
      uri: "/dir/index.html",
      body: new Uint8Array(),
      clientNonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
      count: 1,
    });
  assert.match(header("MD5"), /response="8ca523f5e9506fed4657c9700eebdbec".*algorithm=MD5,.*qop=auth, nc=00000001/);
  assert.match(header("SHA-256"), /response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1".*algorithm=SHA-256/);
});

// Made for this test only; it signs nothing else.
const CAMERA_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgA49bXtr2SjSv+pc2
FmvZtC8gVYeqVcKnqwYTfNl1n72hRANCAAT5CsUFFJyoleHcD4YGOownWxfPs8Mh
z1V2xAH8yzD1UT57hBnNUmrS4lbQ/kW9g9se8AUoWzolnMrkdujIYtmC
-----END PRIVATE KEY-----
`;
const CAMERA_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBiTCCAS+gAwIBAgIUeeAYuOtrPFKqGfyGPUNiiauIaxswCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOY2FtZXJhLmludmFsaWQwIBcNMjYxMTIyMTUzMjE1WhgPMjEy
NjEwMjkxNTMyMTVaMBkxFzAVBgNVBAMMDmNhbWVyYS5pbnZhbGlkMFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAE+QrFBRScqJXh3A+GBjqMJ1sXz7PDIc9VdsQB/Msw
9VE+e4QZzVJq0uJW0P5FvYPbHvAFKFs6JZzK5HboyGLZgqNTMFEwHQYDVR0OBBYE
FErft8rdD3tnzA6UCjTvnBLAhYytMB8GA1UdIwQYMBaAFErft8rdD3tnzA6UCjTv
nBLAhYytMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgddQGirBR
iCIuQCFdIJeMeeM/frRCZXgc89LY4nFewQICIQDnQfiiLA/rTBQ2uX/LFpsKpGJX
Z6ivVg+/VF+lqdEtgw==
-----END CERTIFICATE-----
`;

test.run();
