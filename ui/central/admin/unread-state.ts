/** Records that central keeps but cannot show. */
import type { UnreadAnswer } from "../../../shared/api/central-api.ts";
import { load, notLoaded } from "../../data/loaded.ts";
import { showToast } from "../../data/toasts.ts";
import { UNREAD } from "../../words/sites-page-words.ts";
import { api } from "../session-state.ts";

export const unread = notLoaded<UnreadAnswer>();

export const loadUnread = (): Promise<void> => load(unread, () => api.get<UnreadAnswer>("/unread-records"));

/** Asks central to read them once more, and says what came of it. */
export async function readAgain(): Promise<void> {
  const answer = await api.send<UnreadAnswer & { shown: number }>("POST", "/unread-records/retry", {});
  if (!answer.ok) return showToast(answer.problem.words);
  showToast(answer.value.shown > 0 ? UNREAD.shown(answer.value.shown) : UNREAD.none);
  await loadUnread();
}
