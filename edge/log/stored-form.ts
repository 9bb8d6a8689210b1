/**
 * Of what form a stored value must be. SQLite keeps no checksum of a page: a flipped bit in a row reads well. A value that is not of its
 * form is damage of the file, so that the next start salvages it, and `mend-stored.ts` asks the same questions: what it has put right is
 * never met again.
 */
import Database from "better-sqlite3";
import { isCount } from "../../shared/log/record.ts";
import { parseUuid } from "../../shared/model/ids.ts";

/** As SQLite itself would say it of a page. */
export const damage = (words: string): Error => new Database.SqliteError(words, "SQLITE_CORRUPT");

const isHex = (value: unknown, digits: number): boolean =>
  typeof value === "string" && value.length === digits && /^[0-9a-f]+$/.test(value);
const isUuid = (value: unknown): boolean => typeof value === "string" && parseUuid(value) === value;
const isHash = (value: unknown): boolean => value instanceof Uint8Array && value.length === 32;

/** A row as it was read: nothing is known of its values. */
type Read<Column extends string> = Readonly<Record<Column, unknown>>;

type LogColumn = "log_id" | "class" | "status" | "first" | "next" | "head" | "bytes" | "acknowledged" | "durable";

export const isLogId = (value: unknown): boolean => isHex(value, 32);
export const isLogClass = (value: unknown): boolean => value === "urgent" || value === "detections";
export const isLogStatus = (value: unknown): boolean => value === "active" || value === "left";

export function isLogRow(row: Read<LogColumn>): boolean {
  const { first, next, bytes, acknowledged, durable } = row;
  const isNamed = isLogId(row.log_id) && isLogClass(row.class) && isLogStatus(row.status);
  return isNamed && isHash(row.head) && [first, next, bytes, acknowledged, durable].every(isCount);
}

export const isListId = isUuid;
export const isFacts = (value: unknown): boolean => value === null || isJsonObject(value);

export function isListPosition({ list, generation, cursor, checksum }: Read<"list" | "generation" | "cursor" | "checksum">): boolean {
  return isListId(list) && isHex(generation, 32) && isCount(cursor) && isHash(checksum);
}

const ROLES: readonly unknown[] = ["full", "crop", "vehicle"];

export function isImageRow({ sha256, bytes, role, rid, seq }: Read<"sha256" | "bytes" | "role" | "rid" | "seq">): boolean {
  return isHex(sha256, 64) && isUuid(rid) && ROLES.includes(role) && isCount(bytes) && isCount(seq);
}

export const isImageState = (value: unknown): boolean => STATES.includes(value);
const STATES: readonly unknown[] = ["waiting", "stored", "gone", "dropped", "freed"];

/** The text of a JSON object. */
export function isJsonObject(text: unknown): boolean {
  try {
    const value: unknown = JSON.parse(String(text));
    return typeof value === "object" && value !== null;
  } catch {
    return false;
  }
}
