import pg from "pg";
import { sqlStateOf } from "./database-refusal.ts";

/**
 * A statement whose text begins with this comment, a name and the comment's end is prepared once per connection and only executed
 * afterwards: planning an insert of 40 columns into a partitioned table takes longer than running it. PGlite ignores the comment.
 */
export const PREPARED_MARK = "/* prepared ";

/** A statement that may last as long as it likes: every other is given up after the pool's `query_timeout`. */
export const UNBOUNDED_MARK = "/* unbounded */";
/** As long as a timer can be. */
const UNBOUNDED_MS = 2 ** 31 - 1;

/** What a server says that goes, or has become a read-only copy: nothing better comes from this connection. */
const SPENT = new Set(["25006", "57P01"]);

/**
 * kysely hands a driver only text and values; this gives marked statements the name that `pg` prepares by. A connection that got no answer
 * in time, or whose server has stepped down, is ended: given back to the pool it would fail everybody after us alike.
 */
export class PreparingClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    // The pool listens only while a connection is idle: one that breaks between two statements of a transaction would end the process.
    // Its next statement fails, which is where it is dealt with.
    this.on("error", () => undefined);
  }

  // biome-ignore lint/suspicious/noExplicitAny: pg.Client.query has nine overloads; this one passes them all on.
  override query(first: any, ...rest: any[]): any {
    const answer = this.ask(first, rest);
    if (answer instanceof Promise) answer.catch((error: unknown) => this.endIfSpent(error));
    return answer;
  }

  // biome-ignore lint/suspicious/noExplicitAny: as above.
  private ask(first: any, rest: any[]): unknown {
    const [values, callback] = rest;
    if (typeof first !== "string") return super.query(first, ...(rest as [never]));
    if (first.startsWith(UNBOUNDED_MARK))
      return super.query({ text: first, values, query_timeout: UNBOUNDED_MS } as pg.QueryConfig, callback);
    const name = preparedName(first);
    return name === null ? super.query(first, ...(rest as [never])) : super.query({ name, text: first, values }, callback);
  }

  private endIfSpent(error: unknown): void {
    const isTimeout = error instanceof Error && error.message === "Query read timeout";
    if (isTimeout || SPENT.has(sqlStateOf(error) ?? "")) void this.end().catch(() => undefined);
  }
}

function preparedName(text: string): string | null {
  if (!text.startsWith(PREPARED_MARK)) return null;
  const end = text.indexOf(" */", PREPARED_MARK.length);
  return end < 0 ? null : text.slice(PREPARED_MARK.length, end);
}
