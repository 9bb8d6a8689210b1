import { HLC_ZERO, receiveHlc, tickHlc } from "../../shared/clock/hlc.ts";
import { bytesToHex, type Hlc, hexToBytes } from "../../shared/model/ids.ts";
import type { Tx } from "./open-db.ts";

const SETTING = "hlc";

/**
 * The next stamp of central as an actor, later than every stamp it has seen. Kept in the database, whose row lock makes all processes
 * one actor: two edits in one millisecond would otherwise tie.
 */
export async function nextCentralHlc(tx: Tx, seen: readonly Hlc[], nowMs: number): Promise<Hlc> {
  await tx
    .insertInto("settings")
    .values({ name: SETTING, value: hexToBytes(HLC_ZERO), sealed: false, updated_at: new Date(nowMs) })
    .onConflict((conflict) => conflict.column("name").doNothing())
    .execute();
  const row = await tx.selectFrom("settings").select("value").where("name", "=", SETTING).forUpdate().executeTakeFirstOrThrow();
  const last = seen.reduce((known, stamp) => receiveHlc(known, stamp, nowMs, 3), bytesToHex(row.value) as Hlc);
  const next = tickHlc(last, nowMs);
  await tx
    .updateTable("settings")
    .set({ value: hexToBytes(next), updated_at: new Date(nowMs) })
    .where("name", "=", SETTING)
    .execute();
  return next;
}
