import { uuidv7 } from "uuidv7";
import type { Db } from "../../central/db/open-db.ts";
import { registerWithKey } from "../../central/ingest/test-central.ts";

/** An edge that central knows, and the key that it shows. */
export interface RegisteredEdge {
  readonly id: string;
  readonly apiKey: string;
}

/** So many edges, each of a site of its own. */
export async function registerEdges(db: Db, count: number): Promise<RegisteredEdge[]> {
  const edges: RegisteredEdge[] = [];
  for (let at = 0; at < count; at++) {
    const id = uuidv7();
    edges.push({ id, apiKey: (await registerWithKey(db, id)).apiKey });
  }
  return edges;
}
