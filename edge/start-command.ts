import { uptime } from "node:os";
import { defineCommand } from "citty";
import { startEdge } from "./app.ts";
import { edgeHome, edgeLogLevel, loadEdgeConfig } from "./config.ts";
import { openEdgeLog } from "./edge-log.ts";
import { endOnFault } from "./end-on-fault.ts";

/** Runs until SIGTERM or SIGINT; SIGHUP reads the configuration again. */
export const startCommand = defineCommand({
  meta: { name: "start", description: "Run this edge (what happens without a command)" },
  args: { home: { type: "string", description: "Home folder (else CHAVERIM_EDGE_HOME)" } },
  async run({ args }) {
    const home = edgeHome(args.home);
    // Before the first line is written: a mistyped home must not become a folder.
    const configured = loadEdgeConfig(home);
    if (configured.kind === "bad") throw new Error(configured.words);
    const log = openEdgeLog(home, edgeLogLevel());
    const edge = await startEdge({
      home,
      log,
      firstTryMs: firstTryMaxMs(uptime()),
      // Without its store the program is of no use, and systemd starts a fresh one.
      onDeath: () => process.exit(1),
    });
    process.on("uncaughtException", endOnFault({ home, log, exit: process.exit }));
    log.info({ address: edge.address }, `this edge runs; its page: ${edge.address}`);
    let isEnding = false;
    const end = async (signal: string): Promise<void> => {
      if (isEnding) return;
      isEnding = true;
      log.info({ signal }, "ending");
      await edge.stop();
      process.exit(0);
    };
    process.on("SIGTERM", () => void end("SIGTERM"));
    process.on("SIGINT", () => void end("SIGINT"));
    process.on("SIGHUP", () => void edge.reload());
  },
});

const JUST_BOOTED_SECONDS = 300;

/**
 * The longest wait before the first call to central. After a boot it is spread over 30 s: when a village's power comes back, all edges
 * start in the same second. A program that was started again on a running machine calls at once.
 */
function firstTryMaxMs(uptimeSeconds: number): number {
  return uptimeSeconds < JUST_BOOTED_SECONDS ? 30_000 : 500;
}
