/** Two hosts with a cable between them and no way to anywhere else find each other by multicast. Skipped, with the reason, where hosts cannot be made. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openHostNetwork } from "../hosts/test-network.ts";

const PROGRAM = fileURLToPath(new URL("./announce.ts", import.meta.url));

interface Announcer {
  readonly found: () => readonly string[];
  readonly words: string[];
  readonly end: () => void;
}

function announceOn(namespace: string, id: string, port: number): Announcer {
  const child: ChildProcess = spawn("ip", ["netns", "exec", namespace, process.execPath, "--import", "tsx", PROGRAM, id, String(port)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let found: readonly string[] = [];
  const words: string[] = [];
  createInterface({ input: child.stdout! }).on("line", (line) => {
    const said = JSON.parse(line) as { found?: readonly string[]; words?: string };
    if (said.found !== undefined) found = said.found;
    if (said.words !== undefined) words.push(said.words);
  });
  return { found: () => found, words, end: () => void child.kill() };
}

const opened = openHostNetwork(`nb${process.pid % 1000}`, 1);
if (opened.kind === "refused") {
  console.log(`skip: network namespaces are not allowed here: ${opened.why}`);
  test.skip("two hosts find each other by multicast");
} else {
  const { network } = opened;
  test("without a default route and without a name server, on each cable that joins them", async () => {
    const sites = [announceOn(network.central.namespace, "site-a", 8081), announceOn(network.edges[0]!.namespace, "site-b", 8082)] as const;
    try {
      const isFound = () => sites.every((site) => site.found().length === 2);
      for (let n = 0; n < 300 && !isFound(); n++) await new Promise((resolve) => setTimeout(resolve, 100));
      assert.equal([...sites[0].found()].sort(), ["http://10.91.0.2:8082", "http://10.92.0.2:8082"]);
      assert.equal([...sites[1].found()].sort(), ["http://10.91.0.1:8081", "http://10.92.0.1:8081"]);
      assert.equal([...sites[0].words, ...sites[1].words], []);
    } finally {
      for (const site of sites) site.end();
    }
  });
  test.after(network.close);
}

test.run();
