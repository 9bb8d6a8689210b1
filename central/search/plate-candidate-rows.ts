import { sql } from "kysely";
import type { Tx } from "../db/open-db.ts";

/** Most plates of the dictionary that one look-up follows into the detections. */
export const CANDIDATES_MAX = 500;

/** Plates whose folded form is one of these: an equality on an index. */
export async function platesByFold(tx: Tx, folds: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ plate: string }>`
    select plate from plates where folded = any(${[...folds]}::text[]) order by plate limit ${CANDIDATES_MAX}`.execute(tx);
  return rows.map((row) => row.plate);
}

/** Plates that fit a LIKE pattern made of A-Z0-9, `_` and `%`, found by the trigram index. One more than the bound says that there are more. */
export async function platesLike(tx: Tx, pattern: string): Promise<string[]> {
  const { rows } = await sql<{ plate: string }>`
    select plate from plates where plate like ${pattern} order by plate limit ${CANDIDATES_MAX + 1}`.execute(tx);
  return rows.map((row) => row.plate);
}

/** Plates at least so similar by trigrams, the most similar first. The threshold is set for this transaction only. */
export async function platesSimilar(tx: Tx, plate: string, threshold: number): Promise<string[]> {
  await sql`select set_config('pg_trgm.similarity_threshold', ${String(threshold)}, true)`.execute(tx);
  const { rows } = await sql<{ plate: string }>`
    select plate from plates where plate % ${plate} order by similarity(plate, ${plate}) desc, plate limit ${CANDIDATES_MAX}`.execute(tx);
  return rows.map((row) => row.plate);
}
