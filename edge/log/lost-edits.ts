import { showWhole } from "./list-view.ts";
import { reloadLists } from "./load-lists.ts";
import type { StoreContext } from "./store-context.ts";

/**
 * Own edits whose records [from, to) of a log cannot be read any more. The `gap` that names them is all that anybody will ever see of
 * them: an edit that counted here alone, in whatever its damaged bytes say now, would make this site's list another one for ever.
 */
export function forgetLostEdits({ rows, state, listsTouched, news }: StoreContext, log: number, from: number, to: number): void {
  const touched = new Set(rows.lists.dropOwnOpsIn(log, from, to));
  if (touched.size === 0) return;
  for (const list of touched) listsTouched.add(list);
  reloadLists(rows, state.lists, touched);
  for (const list of touched) {
    const replica = state.lists.replicas.get(list);
    if (replica !== undefined) showWhole(state.lists.index, rows.lists, replica);
  }
  news.push({ kind: "watchlists" });
}
