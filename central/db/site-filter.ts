import { type RawBuilder, sql } from "kysely";

/** SQL that keeps only rows of the sites a person may see (`sites` empty: all). Every query that shows evidence carries it. */
export function seesSite(column: string, sites: readonly string[]): RawBuilder<boolean> {
  return sites.length === 0 ? sql<boolean>`true` : sql<boolean>`${sql.ref(column)} = any(${[...sites]}::uuid[])`;
}
