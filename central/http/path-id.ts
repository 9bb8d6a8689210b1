import {
  type AlertId,
  type CameraId,
  type CollectorId,
  type EntryId,
  type ListId,
  parseUuid,
  type Rid,
  type UserId,
} from "../../shared/model/ids.ts";
import type { HttpContext } from "./http-context.ts";

/** A UUID of the path, lower case; undefined for anything else (then the answer is 404: there is no such thing). */
export function pathId<Id extends Rid | AlertId | CameraId | CollectorId | EntryId | ListId | UserId>(
  c: HttpContext,
  name = "id",
): Id | undefined {
  return parseUuid<Id>(c.req.param(name));
}
