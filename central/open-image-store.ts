import { join } from "node:path";
import type { CentralConfig } from "./config.ts";
import { folderStore } from "./images/folder-store.ts";
import type { ImageStore } from "./images/image-store.ts";
import { s3Store } from "./images/s3-store.ts";

/** The store that the configuration names: a bucket, or the folder `images` beside the database. One that cannot be used stops the start. */
export async function openImageStore(config: CentralConfig, nowMs: () => number): Promise<ImageStore> {
  const store = config.s3 === null ? folderStore(join(config.dataDir, "images"), nowMs) : s3Store(config.s3);
  const prepared = await store.prepare();
  if (prepared.kind === "ready") return store;
  throw new Error(
    `${config.s3 === null ? "CHAVERIM_DATA_DIR" : "CHAVERIM_S3_ENDPOINT"}: the image store cannot be used: ${prepared.reason}`,
  );
}
