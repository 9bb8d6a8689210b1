/** Words for files that go down to a site by stick. */
import type { DownRefusal } from "./make-down.ts";

const REFUSED: Readonly<Record<DownRefusal, string>> = {
  unknown: "There is no such collector.",
  "no-device":
    "Central does not know this site's device yet, so it cannot seal a file for it. Bring one file of the site here first (its page, Stick): that makes it known.",
  "strange-receipt": "That receipt is not one of this central's.",
};

export const downRefusedWords = (why: DownRefusal): string => REFUSED[why];

/** "main-maple-20261123-0110.alprdown": for whom and when (UTC), in letters that every stick and header takes. */
export function downName(site: string, madeMs: number): string {
  const name = site
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 40);
  const at = new Date(madeMs).toISOString().slice(0, 16).replace(/[-:]/g, "").replace("T", "-");
  return `${name === "" ? "site" : name}-${at}.alprdown`;
}
