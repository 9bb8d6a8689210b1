/**
 * Nothing but Node and the packages with native parts or WebAssembly that the edge loads, in two threads as the edge has them: the floor
 * that no change of ours can go below. Runs until it is ended.
 */
import { isMainThread, Worker } from "node:worker_threads";
import Database from "better-sqlite3";
import sodium from "libsodium-wrappers";
import "msgpackr";

await sodium.ready;
new Database(":memory:").pragma("user_version");
if (isMainThread) {
  await import("@node-rs/argon2");
  new Worker(new URL(import.meta.url));
}
setInterval(() => {}, 60_000);
