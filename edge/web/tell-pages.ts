import type { StoreNews } from "../log/store-port.ts";
import type { StoreRows } from "../log/store-rows.ts";
import type { AlertViews } from "./alert-views.ts";
import type { DetectionViews } from "./detection-views.ts";
import type { LiveHub } from "./live-hub.ts";

export interface TellPagesDeps {
  readonly live: Pick<LiveHub, "say" | "size">;
  readonly detections: DetectionViews;
  readonly alerts: AlertViews;
  readonly rows: Pick<StoreRows, "alerts">;
}

/** What was committed, to everybody who has the page open: the alert before everything else. */
export function tellPages({ live, detections, alerts, rows }: TellPagesDeps): (news: StoreNews) => void {
  return (news) => {
    if (live.size() === 0) return;
    if (news.kind === "detection") {
      const item = rows.alerts.itemOf(news.pass) === undefined ? null : alerts.view(news.pass);
      // A car that passed long ago (the camera sent it late), or one that has rung already, makes no sound.
      if (item !== null) live.say({ type: "alert", alert: item, ring: news.raised.length > 0 && !item.late });
      const detection = detections.view(news.rid);
      if (detection !== null) live.say({ type: "detection", detection });
    } else if (news.kind === "alert-op") {
      const item = alerts.view(news.pass);
      if (item !== null) live.say({ type: "alert-op", alert: item });
    } else if (news.kind === "watchlists") live.say({ type: "watchlists" });
  };
}
