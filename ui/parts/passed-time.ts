/** When a car passed: the time, "about 14:03, ± 5 min", or that nobody knows yet; why, on hover. */
import type { DetectionView } from "../../shared/api/views.ts";
import { html } from "../html.ts";
import { passedWords } from "../words/time-words.ts";
import { TimeText, type TimeTextProps } from "./time-text.ts";

export interface PassedTimeProps {
  detection: Pick<DetectionView, "captured_at" | "received_at" | "uncertainty_ms" | "time_zone">;
  show?: TimeTextProps["show"];
}

export function PassedTime({ detection, show = "relative" }: PassedTimeProps) {
  const { captured_at: at, received_at: received, uncertainty_ms: uncertaintyMs, time_zone: zone } = detection;
  const words = passedWords(Date.parse(at), uncertaintyMs, Date.parse(received), zone);
  // How long ago is sure enough to read where it is only about right; not where nobody knows.
  if (words.kind === "known" || (words.kind === "about" && show === "relative"))
    return html`<${TimeText} at=${at} zone=${zone} show=${show} />`;
  return html`<time datetime=${words.kind === "about" ? at : received} title=${words.explained}>${words.text}</time>`;
}
