/** What needs a person to know: asked at sign-in, then again when a site reported, since notices are raised by what sites send. */
import { computed } from "@preact/signals";
import type { NoticesAnswer, NoticeView } from "../../../shared/api/central-api.ts";
import type { Answer } from "../../data/api-client.ts";
import { load, notLoaded } from "../../data/loaded.ts";
import { onLive } from "../live-feed.ts";
import { api } from "../session-state.ts";

/** A hundred sites report in every minute: their reports lead to one question in this time. */
const ASK_AGAIN_AFTER_MS = 15_000;

export const notices = notLoaded<NoticesAnswer>();
export const openNotices = computed(() => notices.value.value?.open ?? 0);

export function loadNotices(): Promise<void> {
  return load(notices, () => api.get("/notices"));
}

/** Follows the sites' reports; the returned function stops. */
export function followNotices(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const askSoon = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      void loadNotices();
    }, ASK_AGAIN_AFTER_MS);
  };
  const stop = onLive((messages) => {
    if (messages.some((message) => message.type === "collector")) askSoon();
  });
  return () => {
    stop();
    clearTimeout(timer);
  };
}

/** Someone has read it: it goes from the list, for everybody. */
export async function acknowledgeNotice(notice: NoticeView): Promise<Answer<unknown>> {
  const answer = await api.send("POST", `/notices/${notice.id}/acknowledge`);
  // Refused as unknown: somebody else was faster, so the list here is old.
  if (answer.ok || answer.problem.kind === "refused") await loadNotices();
  return answer;
}
