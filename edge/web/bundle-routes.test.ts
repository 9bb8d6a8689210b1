import { test } from "uvu";
import * as assert from "uvu/assert";
import type { BundleWaitingAnswer } from "../../shared/api/site-api.ts";
import { bundleReader } from "../../shared/bundle/read-bundle.ts";
import { boxKeysFromSeed, signingKeysFromSeed } from "../../shared/crypto/device-keys.ts";
import { bytesToHex } from "../../shared/model/ids.ts";
import { openCredentials } from "../config/credential-store.ts";
import { setLocal } from "../config/edit-local.ts";
import { writePin } from "../sync/pinned-central.ts";
import { makeTestEdge } from "../test-edge.ts";

const SEED = new Uint8Array(32).fill(2);

test("a signed-in person takes a bundle from the page; a stranger, and a site without a central, do not", async () => {
  let edge = await makeTestEdge();
  try {
    assert.is((await edge.ask("GET", "/api/bundle")).status, 401);
    await edge.signIn();
    assert.is((await edge.ask("GET", "/api/bundle")).status, 409);
    assert.match((await edge.json<BundleWaitingAnswer>("GET", "/api/bundle/waiting")).refusal ?? "", /No central/);
    const keys = boxKeysFromSeed(SEED);
    const credentials = openCredentials(edge.home);
    credentials.write("api-key", `alpr_${"k".repeat(43)}`);
    setLocal(edge.home, { central: { url: "http://127.0.0.1:9", api_key_file: "config/.credentials/api-key" } });
    writePin(credentials.pathOf("central-keys"), {
      ed25519: bytesToHex(signingKeysFromSeed(SEED).publicKey),
      x25519: bytesToHex(keys.publicKey),
    });
    edge = await edge.restart();
    await edge.signIn();
    const before = await edge.json<BundleWaitingAnswer>("GET", "/api/bundle/waiting");
    assert.equal([before.refusal, before.making, before.last], [null, null, null]);
    assert.ok(before.records >= 2 && before.record_bytes > 0);
    const reader = bundleReader(keys);
    assert.is((await edge.ask("HEAD", "/api/bundle")).status, 200, "a question about it makes none, and keeps nobody from one");
    const response = await edge.ask("GET", "/api/bundle");
    assert.match(response.headers.get("content-disposition") ?? "", /"main-maple-\d{8}-\d{4}\.alprbundle"/);
    const bytes = new Uint8Array(await response.arrayBuffer());
    const kinds = [...reader.push(bytes)].map((item) => item.kind);
    const { last, making } = await edge.json<BundleWaitingAnswer>("GET", "/api/bundle/waiting");
    assert.equal([making, last?.whole, last?.bytes, last?.records], [null, true, bytes.length, last?.records_total]);
    assert.is(reader.end(), null);
    assert.equal([kinds[0], kinds.at(-1)], ["manifest", "end"]);
    const refused = await edge.ask("POST", "/api/bundle/receipt", { body: { receipt: "AAAA" } });
    assert.is(refused.status, 422);
    assert.is((await edge.ask("GET", "/api/bundle?images=some")).status, 422);
  } finally {
    await edge.remove();
  }
});

test.run();
