import pg from "pg";

/**
 * A statement whose text begins with this comment, a name and the comment's end is prepared once per connection and only executed
 * afterwards: planning an insert of 40 columns into a partitioned table takes longer than running it. PGlite ignores the comment.
 */
export const PREPARED_MARK = "/* prepared ";

/** kysely hands a driver only text and values; this gives marked statements the name that `pg` prepares by. */
export class PreparingClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    // The pool listens only while a connection is idle: one that breaks between two statements of a transaction would end the process.
    // Its next statement fails, which is where it is dealt with.
    this.on("error", () => undefined);
  }

  // biome-ignore lint/suspicious/noExplicitAny: pg.Client.query has nine overloads; this one passes them all on.
  override query(first: any, ...rest: any[]): any {
    const name = typeof first === "string" ? preparedName(first) : null;
    if (name === null) return super.query(first, ...(rest as [never]));
    const [values, callback] = rest;
    return super.query({ name, text: first, values }, callback);
  }
}

function preparedName(text: string): string | null {
  if (!text.startsWith(PREPARED_MARK)) return null;
  const end = text.indexOf(" */", PREPARED_MARK.length);
  return end < 0 ? null : text.slice(PREPARED_MARK.length, end);
}
