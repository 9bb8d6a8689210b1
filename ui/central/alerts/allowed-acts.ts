/** Which acts an alert allows now, and for each that it does not, why, in words. The API decides again. */
import type { AlertState } from "../../../shared/model/alert.ts";
import { ALERTS } from "../../words/alert-words.ts";

export type ActName = "acknowledge" | "verify" | "escalate" | "dismiss";
export interface Act {
  readonly name: ActName;
  /** Key that does it. */
  readonly key: string;
  /** Why it cannot be done now; undefined when it can. */
  readonly why: string | undefined;
}

/** Escalating needs a person's word on the picture: opened here where there is one to open, and verified. */
export function allowedActs(state: AlertState, picture: { opened: boolean; atHand: boolean }): readonly Act[] {
  const closed = state === "dismissed" ? ALERTS.closed : undefined;
  const done = (states: readonly AlertState[]) => (states.includes(state) ? ALERTS.already : undefined);
  const unseen = picture.atHand && !picture.opened ? ALERTS.openPictureFirst : undefined;
  return [
    { name: "acknowledge", key: "a", why: closed ?? done(["acknowledged", "verified", "escalated"]) },
    { name: "verify", key: "v", why: closed ?? done(["verified", "escalated"]) },
    { name: "escalate", key: "e", why: closed ?? done(["escalated"]) ?? unseen ?? (state === "verified" ? undefined : ALERTS.verifyFirst) },
    { name: "dismiss", key: "d", why: closed },
  ];
}
