// runner: timeout 300 s
/**
 * Two edges and central as separate hosts in network namespaces: uplinks are cut, slowed and made lossy while cars pass, and at the end
 * every car that a camera sent is exactly one detection at central.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { HostsOrder, HostsVerdict } from "./test-driver.ts";
import { type HostNetwork, openHostNetwork, type UplinkState } from "./test-network.ts";

const opened = openHostNetwork(`h${process.pid % 1_000}`, 2);
if (opened.kind === "refused") {
  console.log(`skip: network namespaces are not allowed here: ${opened.why}`);
  test.skip("two edges and central as separate hosts lose and double nothing over bad lines");
} else {
  const { network } = opened;
  test.after(() => network.close());
  test("two edges and central as separate hosts lose and double nothing over bad lines", async () => {
    const dir = mkdtempSync(join(tmpdir(), "chaverim-hosts-"));
    try {
      const verdict = await driveHosts(network, dir);
      assert.is(verdict.sent, 96);
      assert.equal([verdict.lost, verdict.doubled], [[], []]);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
}

/** The driver lives in central's host and says when a phase begins; the cables are in this process's hands. */
async function driveHosts({ central, edges }: HostNetwork, dir: string): Promise<HostsVerdict> {
  const order: HostsOrder = {
    dir,
    edges: edges.map(({ namespace, centralAddress, address }) => ({ namespace, centralAddress, address })),
  };
  const driver = new URL("test-driver.ts", import.meta.url).pathname;
  const args = ["netns", "exec", central.namespace, process.execPath, "--import", "tsx", driver, JSON.stringify(order)];
  const child = spawn("ip", args, { stdio: ["ignore", "pipe", "inherit", "ipc"] });
  const lines: string[] = [];
  child.stdout!.setEncoding("utf8").on("data", (text: string) => lines.push(text));
  child.on("message", (phase: UplinkState) => {
    for (const edge of edges) edge.setUplink(phase);
    child.send("so it is");
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  assert.is(code, 0, lines.join(""));
  return JSON.parse(lines.join("").trim().split("\n").at(-1)!) as HostsVerdict;
}

test.run();
