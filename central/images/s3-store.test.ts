import { createServer, type Socket } from "node:net";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { samplePicture } from "./image-store.conformance.ts";
import { s3Store } from "./s3-store.ts";

const keys = { bucket: "pictures", accessKey: "key", secretKey: "secret-of-the-bucket", region: "us-east-1" };

async function portWith(onConnection: (socket: Socket) => void): Promise<{ endpoint: string; close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const close = () =>
    new Promise<void>((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
  return { endpoint: `http://127.0.0.1:${port}`, close };
}

test("a store that takes the connection and stays silent is unavailable after the named time, not for ever", async () => {
  const silent = await portWith(() => undefined);
  const store = s3Store({ ...keys, endpoint: silent.endpoint }, 200);
  const { key, bytes } = samplePicture(100);
  for (const outcome of await Promise.all([store.put(key, bytes), store.get(key), store.head(key), store.prepare()])) {
    assert.is(outcome.kind, "unavailable");
    assert.match(outcome.kind === "unavailable" ? outcome.reason : "", "silent for 200 ms");
  }
  await silent.close();
});

test("a store that is not there, hangs up or talks nonsense is unavailable in one line", async () => {
  const gone = await portWith(() => undefined);
  await gone.close();
  const hangsUp = await portWith((socket) => socket.destroy());
  const nonsense = await portWith((socket) => socket.end("220 mail.example.org ESMTP\r\n"));
  const { key, bytes } = samplePicture(100);
  for (const { endpoint } of [gone, hangsUp, nonsense]) {
    const store = s3Store({ ...keys, endpoint }, 2000);
    for (const outcome of [await store.put(key, bytes), await store.get(key), await store.head(key), await store.remove(key)]) {
      assert.is(outcome.kind, "unavailable", endpoint);
      assert.not.match(JSON.stringify(outcome), /secret-of-the-bucket|\\n/);
    }
  }
  await hangsUp.close();
  await nonsense.close();
});

test("the description names bucket and host, and no secret", () => {
  const store = s3Store({ ...keys, endpoint: "https://s3.example.org" });
  assert.is(store.description, "S3 bucket pictures at s3.example.org");
});

test.run();
