import type { SiteStatus } from "../../shared/api/site-api.ts";

type Notice = SiteStatus["notices"][number];

/** What people of the site should read, newest first; the same sentence once. */
export interface NoticeBoard {
  readonly put: (level: Notice["level"], words: string) => void;
  readonly take: (words: string) => void;
  readonly notices: () => Notice[];
}

const NOTICES_MAX = 20;
/** Trouble that has not come again for so long is over. */
const TROUBLE_KEPT_MS = 60 * 60_000;

export function makeNoticeBoard(nowMs: () => number): NoticeBoard {
  let board: (Notice & { readonly atMs: number; readonly stays: boolean })[] = [];
  return {
    put(level, words) {
      const atMs = nowMs();
      const others = board.filter((one) => one.words !== words);
      board = [{ at: new Date(atMs).toISOString(), level, words, atMs, stays: level === "info" }, ...others].slice(0, NOTICES_MAX);
    },
    take(words) {
      board = board.filter((one) => one.words !== words);
    },
    notices() {
      const since = nowMs() - TROUBLE_KEPT_MS;
      board = board.filter((one) => one.stays || one.atMs >= since);
      return board.map(({ at, level, words }) => ({ at, level, words }));
    },
  };
}

export interface StandingNotice {
  /** Null: it is over. */
  readonly say: (words: string | null) => void;
}

/** One matter that has one sentence at a time: the newer replaces the older. */
export function makeStandingNotice(board: Pick<NoticeBoard, "put" | "take">, level: Notice["level"]): StandingNotice {
  let said: string | null = null;
  return {
    say(words) {
      if (said !== null && said !== words) board.take(said);
      if (words !== null) board.put(level, words);
      said = words;
    },
  };
}
