import type { CollectorId } from "../../../shared/model/ids.ts";

/** What a site is to central: registered before the simulation begins. */
export interface Registered {
  readonly collectorId: CollectorId;
  readonly site: string;
  readonly apiKeyDigest: Uint8Array;
}
