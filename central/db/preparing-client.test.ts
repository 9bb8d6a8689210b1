import { createServer, type Socket } from "node:net";
import pg from "pg";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PreparingClient, UNBOUNDED_MARK } from "./preparing-client.ts";

/** A server's message: its letter, its length, its body. */
function message(letter: string, body: Buffer): Buffer {
  const head = Buffer.from(`${letter}\0\0\0\0`);
  head.writeUInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
}
const READY = message("Z", Buffer.from("I"));
const WELCOME = Buffer.concat([message("R", Buffer.alloc(4)), READY]);
const refusal = (state: string): Buffer => Buffer.concat([message("E", Buffer.from(`SERROR\0C${state}\0Mno\0\0`)), READY]);
const DONE = Buffer.concat([message("C", Buffer.from("SELECT 0\0")), READY]);

/** A pool at a server that answers each statement so, after a while. */
async function withPool(answer: Buffer | null, afterMs: number, work: (pool: pg.Pool) => Promise<void>): Promise<void> {
  const sockets: Socket[] = [];
  const server = createServer((socket: Socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    socket.once("data", () => {
      socket.write(WELCOME);
      socket.on("data", (said) => {
        if (said[0] === "Q".charCodeAt(0) && answer !== null) setTimeout(() => socket.write(answer), afterMs);
      });
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  const at = { host: "127.0.0.1", port, user: "u", database: "d", password: "p" };
  const pool = new pg.Pool({ Client: PreparingClient, ...at, query_timeout: 100 });
  pool.on("error", () => undefined);
  try {
    await work(pool);
  } finally {
    for (const socket of sockets) socket.destroy();
    await pool.end();
    server.close();
  }
}

/** How many connections the pool keeps after one statement. */
async function keptAfter(pool: pg.Pool, text: string): Promise<number> {
  const client = await pool.connect();
  await client.query(text).catch(() => undefined);
  client.release();
  return pool.totalCount;
}

test("a connection that gets no answer, or whose server has stepped down, does not go back to the pool; one that was refused does", async () => {
  await withPool(null, 0, async (pool) => assert.is(await keptAfter(pool, "select 1"), 0));
  await withPool(refusal("25006"), 0, async (pool) => assert.is(await keptAfter(pool, "insert"), 0));
  await withPool(refusal("57P01"), 0, async (pool) => assert.is(await keptAfter(pool, "select 1"), 0));
  await withPool(refusal("23505"), 0, async (pool) => assert.is(await keptAfter(pool, "insert"), 1));
});

test("a statement marked as unbounded is waited for", async () => {
  await withPool(DONE, 300, async (pool) => {
    assert.is(await keptAfter(pool, `${UNBOUNDED_MARK} select count(*)`), 1);
    const client = await pool.connect();
    await client.query(`${UNBOUNDED_MARK} select count(*)`);
    client.release();
  });
});

test.run();
