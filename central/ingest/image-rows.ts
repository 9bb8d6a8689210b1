import { sql } from "kysely";
import { bytesToHex, hexToBytes, type Sha256 } from "../../shared/model/ids.ts";
import { byteaArray } from "../db/binary-arrays.ts";
import type { Db, Tx } from "../db/open-db.ts";

/** What central knows of a picture by its digest. */
export interface ExpectedImage {
  readonly sha256: Sha256;
  /** Bytes as a merged record named them: an upload never gets longer. */
  readonly bytes: number;
  readonly isStored: boolean;
  /** Expired or erased: not wanted again. */
  readonly isGone: boolean;
}

/** Pictures that a merged record names, of those asked for; what no record names is not among them. */
export async function findExpectedImages(db: Db, digests: readonly Sha256[]): Promise<ExpectedImage[]> {
  if (digests.length === 0) return [];
  const { rows } = await sql<{ sha256: Uint8Array; bytes: number; stored: boolean; last: string | null }>`
    select i.sha256, max(i.bytes) as bytes, bool_or(o.sha256 is not null) as stored,
      (select e.event from image_events e where e.sha256 = i.sha256 and e.event in ('expired', 'erased', 'stored') order by e.id desc limit 1) as last
    from detection_images i left join image_objects o on o.sha256 = i.sha256
    where i.sha256 = any(${byteaArray(digests.map(hexToBytes))}::bytea[]) group by i.sha256`.execute(db);
  return rows.map((row) => ({
    sha256: bytesToHex(row.sha256) as Sha256,
    bytes: Number(row.bytes),
    isStored: row.stored,
    isGone: row.last === "expired" || row.last === "erased",
  }));
}

/** One stored object per digest; the second of two uploads at once changes nothing. */
export async function insertStoredImage(tx: Tx, image: { sha256: Sha256; bytes: number; key: string }, atMs: number): Promise<void> {
  const stored = await tx
    .insertInto("image_objects")
    .values({ sha256: hexToBytes(image.sha256), bytes: image.bytes, object_key: image.key, stored_at: new Date(atMs) })
    .onConflict((conflict) => conflict.doNothing())
    .returning("sha256")
    .executeTakeFirst();
  if (stored !== undefined) await insertImageEvent(tx, image.sha256, "stored", null, atMs);
}

export async function insertImageEvent(tx: Tx | Db, sha256: Sha256, event: string, detail: string | null, atMs: number): Promise<void> {
  await tx
    .insertInto("image_events")
    .values({ sha256: hexToBytes(sha256), event, at: new Date(atMs), detail })
    .execute();
}
