import type { Incarnation, ListId } from "../../shared/model/ids.ts";
import type { UplinkDeps } from "./uplink-deps.ts";

type Writer = UplinkDeps["writer"];

/** What a central that was restored lacks of a list goes back to it. Answers how many pieces were looked at. */
export async function giveBack(writer: Writer, list: ListId, generation: Incarnation): Promise<number> {
  let all = 0;
  for (let some = await writer.returnDeltas(list, generation); some > 0; some = await writer.returnDeltas(list, generation)) all += some;
  return all;
}

/** `settled`: central has heard everything that this site has to say, so a list that it does not name is not this site's. Answers whether it went. */
export async function leaveList(writer: Writer, list: ListId, incarnation: Incarnation, settled: boolean): Promise<boolean> {
  const returned = await giveBack(writer, list, incarnation);
  if (!settled || returned > 0) return false;
  await writer.dropList(list);
  return true;
}
