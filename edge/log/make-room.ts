/** What the disk ladder takes of the pictures, oldest first, alerts' pictures last. */
import { rmSync } from "node:fs";
import type { Moment } from "../../shared/log/chain.ts";
import { encodeImageDropped, SMALL_VERSION } from "../../shared/log/payloads/site-payloads.ts";
import { imageFile } from "./image-file.ts";
import { append, newRid, type StoreContext } from "./store-context.ts";

/** Pictures of one transaction. */
const PICTURES_AT_ONCE = 64;
/** `imagePriority`: of others before those of alerts. */
const SCENES = [3, 1] as const;
const CROPS = [2, 0] as const;

/** Removes pictures that central has stored. Answers how many went. */
export function freeStored(context: StoreContext, what: "scenes" | "crops"): number {
  const { prune: rows } = context.rows;
  for (const priority of what === "scenes" ? SCENES : CROPS) {
    const images = rows.storedImages(priority, PICTURES_AT_ONCE);
    for (const { sha256 } of images) {
      rmSync(imageFile(context.home, sha256), { force: true });
      rows.setImageState(sha256, "freed");
    }
    if (images.length > 0) return images.length;
  }
  return 0;
}

/** Gives up scenes that central has not got, each with a record. Answers how many went. */
export function dropUnsentScenes(context: StoreContext, moment: Moment): number {
  const { prune: rows } = context.rows;
  for (const priority of SCENES) {
    const images = rows.waitingImages(priority, PICTURES_AT_ONCE);
    for (const { sha256, rid: detection } of images) {
      rmSync(imageFile(context.home, sha256), { force: true });
      rows.setImageState(sha256, "dropped");
      const fields = encodeImageDropped({ detection, sha256, why: "the disk was full" });
      append(context, "detections", { kind: "image-dropped", version: SMALL_VERSION, rid: newRid(context, moment), moment, fields });
    }
    if (images.length > 0) return images.length;
  }
  return 0;
}
