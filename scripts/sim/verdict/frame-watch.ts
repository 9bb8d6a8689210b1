/** What goes over the line, and what a site makes of it. 3, 5, 6, 21 to 23. */
import { bytesToHex, type LogId } from "../../../shared/model/ids.ts";
import type { EdgeSessionState } from "../../../shared/protocol/edge-session-state.ts";
import type { DownFrame, UpFrame, WelcomeLog } from "../../../shared/protocol/frames.ts";
import type { TreeNews } from "../../../shared/protocol/tree-watch.ts";
import type { Registered } from "../central/registered.ts";
import type { SimCentral } from "../central/sim-central.ts";
import type { SiteProcess } from "../site/site-process.ts";
import type { World } from "../world.ts";
import { checkDown, checkUp } from "./step-checks.ts";

export class FrameWatch {
  private readonly lastNext = new Map<LogId, number>();
  private readonly world: World;

  constructor(world: World) {
    this.world = world;
  }

  onUp(process: SiteProcess, core: EdgeSessionState, frame: UpFrame, bytes: Uint8Array): void {
    this.world.note(process.site.name, describe(frame), bytes);
    this.world.mark(`up-${frame.type}`);
    checkUp(this.world.checks, process, core, frame, this.world.ledger);
  }

  onDown(central: SimCentral, who: Registered, frame: DownFrame, bytes: Uint8Array): void {
    this.world.note("central", `${describe(frame)} for ${who.collectorId.slice(-2)}`, bytes);
    this.world.mark(
      frame.type === "rewind" ? `rewind-${frame.why}` : frame.type === "error" ? `error-${frame.code}` : `down-${frame.type}`,
    );
    checkDown(this.world.checks, frame, central);
  }

  onReceived(process: SiteProcess, frame: DownFrame): void {
    if (frame.type !== "ack" && frame.type !== "beat") return;
    const credits = frame.type === "ack" ? [frame] : frame.logs;
    if (credits.some(({ credit }) => credit.bytesOutstanding === 0)) this.world.mark("credit-zero");
    if (frame.type !== "ack") return;
    this.world.ledger.noteAcknowledged(frame.logId, process.site.index, frame.next);
  }

  onWelcomed(process: SiteProcess, logs: readonly WelcomeLog[]): void {
    this.world.mark("welcome");
    for (const { logId, next, head } of logs) {
      if (next < (this.lastNext.get(logId) ?? 0)) this.world.mark("central-lower");
      this.lastNext.set(logId, next);
      const log = this.world.ledger.find(logId, process.site.index);
      if (next < (log?.acked ?? 0)) this.world.mark("sent-again-after-ack");
      // A bundle may have brought them, whose receipt never came.
      if (log?.records[next - 1]?.hash === bytesToHex(head)) this.world.ledger.noteAcknowledged(logId, process.site.index, next);
    }
  }

  /** What a tree head meant for a site; kept on its card already. */
  onTree(process: SiteProcess, news: TreeNews): void {
    const { site } = process;
    this.world.mark(`tree-${news.kind}`);
    if (news.kind === "restored" || news.kind === "fork") site.mustNotice = false;
    this.world.checks.check(23, news.kind !== "unsigned", () => `${site.name}: central's own tree head is not signed by it`);
    // An answer that overtakes a newer one, as no socket lets it, shows the smaller tree last.
    if (site.line.letsOvertake) return;
    const isFalse = news.kind === "fork" && !site.metClone;
    this.world.checks.check(23, !isFalse, () => `${site.name}: LOG_FORK though central has one history${isFalse ? ` (${news.why})` : ""}`);
  }

  onLogRefused(process: SiteProcess, logId: LogId, detail: string): void {
    this.world.mark("log-refused");
    this.world.note(process.site.name, `log ${logId} is refused: ${detail}`);
  }
}

function describe(frame: UpFrame | DownFrame): string {
  switch (frame.type) {
    case "append":
      return `APPEND ${frame.logId.slice(0, 6)} ${frame.fromSeq}+${frame.count}`;
    case "ack":
      return `ACK ${frame.logId.slice(0, 6)} ${frame.next}`;
    case "rewind":
      return `REWIND ${frame.logId.slice(0, 6)} ${frame.next} ${frame.why}`;
    case "error":
      return `ERROR ${frame.code}`;
    case "delta":
      return `DELTA ${frame.from}-${frame.to}`;
    default:
      return frame.type.toUpperCase();
  }
}
