import { Client } from "minio";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openTestS3 } from "../../scripts/test/open-test-s3.ts";
import { imageStoreConformance, samplePicture } from "./image-store.conformance.ts";
import { s3Store } from "./s3-store.ts";

const opened = await openTestS3();

if (opened.kind === "unavailable") {
  console.log(`skip: ${opened.reason}`);
  test.skip("the S3 store passes the conformance suite");
} else {
  const { server, bucket } = opened;
  const settings = { ...server, bucket };
  const store = s3Store(settings);
  const { hostname, port } = new URL(server.endpoint);
  const { accessKey, secretKey, region } = server;
  const behindItsBack = new Client({ endPoint: hostname, port: Number(port), useSSL: false, accessKey, secretKey, region });

  imageStoreConformance("S3", async () => ({
    store,
    tamper: async (key, bytes) => {
      await behindItsBack.putObject(bucket, key, Buffer.from(bytes), bytes.length);
    },
  }));

  test("S3: a wrong secret is refused on every operation and said in one line without the secret", async () => {
    const wrong = s3Store({ ...settings, secretKey: "not-the-secret-at-all" });
    const { key, bytes } = samplePicture(100);
    const outcomes = [
      await wrong.prepare(),
      await wrong.put(key, bytes),
      await wrong.get(key),
      await wrong.head(key),
      await wrong.remove(key),
    ];
    for (const outcome of outcomes) {
      assert.is(outcome.kind, "unavailable");
      assert.not.match(JSON.stringify(outcome), "not-the-secret");
    }
    assert.match(JSON.stringify(outcomes), /SignatureDoesNotMatch|AccessDenied/);
    assert.equal(await store.head(key), { kind: "missing" }, "nothing was stored with it");
  });

  test("S3: a missing bucket is a wrong setting, not a missing picture", async () => {
    const elsewhere = s3Store({ ...settings, bucket: `${bucket}-no` });
    const { key, bytes } = samplePicture(100);
    assert.is((await elsewhere.put(key, bytes)).kind, "unavailable");
    assert.is((await elsewhere.get(key)).kind, "unavailable");
  });

  test("S3: the object is marked as a JPEG, so that a browser given a link shows it", async () => {
    const { key, bytes } = samplePicture(100);
    await store.put(key, bytes);
    assert.is((await behindItsBack.statObject(bucket, key)).metaData["content-type"], "image/jpeg");
  });

  test.after(() => server.stop());
}

test.run();
