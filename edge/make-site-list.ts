import type { Moment } from "../shared/log/chain.ts";
import type { ListId } from "../shared/model/ids.ts";
import type { EdgeWriter } from "./log/store-port.ts";
import type { StoreRows } from "./log/store-rows.ts";

export interface SiteListDeps {
  readonly rows: StoreRows;
  readonly writer: Pick<EdgeWriter, "applyOwnOp">;
  readonly list: ListId;
  readonly siteName: string;
  readonly moment: Moment;
}

/**
 * The list that this site keeps itself, made at the first start, so that a volunteer can add a plate before central was ever reached.
 * Its id is derived from the collector's, and central makes the same one. A list that is known, in whatever state, is left alone.
 */
export async function makeSiteList({ rows, writer, list, siteName, moment }: SiteListDeps): Promise<void> {
  if (rows.lists.all().some((known) => known.list === list)) return;
  await writer.applyOwnOp({
    list,
    entry: list,
    set: [
      ["listName", siteName],
      ["listOwner", siteName],
      ["listKind", "site"],
      ["listDifferencesMax", 1],
      ["listCritical", false],
      ["listKeepWins", false],
    ],
    presence: "add",
    reason: "the site's own list",
    author: `edge at ${siteName}`,
    moment,
  });
}
