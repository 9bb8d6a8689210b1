/** What sessions ask of the tree. Everything is read anew from the primary database: other processes grow the tree and begin lives too. */
import type { Incarnation } from "../../shared/model/ids.ts";
import { refusal } from "../../shared/protocol/central-session.ts";
import type { DownFrame, ProofRequest, TreeHead } from "../../shared/protocol/frames.ts";
import type { Db, Tx } from "../db/open-db.ts";
import type { CentralIdentity } from "./central-identity.ts";
import { type Heard, type HearWitnessDeps, hearWitness } from "./hear-witness.ts";
import { newestLife } from "./life-rows.ts";
import type { OpenIncarnation } from "./open-incarnation.ts";
import { proveConsistency } from "./prove-consistency.ts";
import { newestHead, type SignedHead, treeSize } from "./tree-rows.ts";

export interface TellTreeDeps extends HearWitnessDeps {
  readonly db: Db;
  readonly identity: CentralIdentity;
  readonly life: Pick<OpenIncarnation, "learn">;
  readonly log: { readonly warn: (facts: object, words: string) => void };
}

export interface TreeNow {
  readonly incarnation: Incarnation;
  /** Null until something was signed in this life. */
  readonly head: SignedHead | null;
}

export interface TellTree {
  /** For WELCOME: hears what the edge has seen first, then reads life and head. */
  readonly greet: (collectorId: string, seen: TreeHead | null) => Promise<TreeNow>;
  /** For BEAT. */
  readonly now: () => Promise<TreeNow>;
  /** PROOF, or an ERROR that says why there is none; the connection goes on. */
  readonly prove: (request: ProofRequest) => Promise<DownFrame>;
  /** For the health page. */
  readonly facts: () => Promise<TreeFacts>;
}

export interface TreeFacts {
  readonly size: number;
  /** When the newest head of this life was signed, ms UTC. */
  readonly signedMs: number | null;
}

const WORDS: Partial<Record<Heard, string>> = {
  "new-life": "an edge holds a larger tree than this database: central was restored from an older copy, a new incarnation begins",
  restored: "an edge has seen records that this database does not hold: central was restored from an older copy",
  changed: "LOG_FORK: an edge holds central's signature of another history than the one stored here",
};

export function tellTree(deps: TellTreeDeps): TellTree {
  const { db, identity } = deps;

  const read = async (tx: Tx | Db): Promise<TreeNow> => {
    const life = await newestLife(tx);
    if (life === undefined) throw new Error("no incarnation was opened");
    const { incarnation } = life;
    const head = await newestHead(tx, identity.centralId, incarnation);
    return { incarnation, head: head ?? null };
  };
  const learned = (now: TreeNow): TreeNow => {
    deps.life.learn(now.incarnation);
    return now;
  };

  return {
    greet: async (collectorId, seen) => {
      const { now, heard } = await db.transaction().execute(async (tx) => {
        const said = seen === null ? null : await hearWitness(deps, tx, collectorId, seen);
        return { heard: said, now: await read(tx) };
      });
      const words = heard === null ? undefined : WORDS[heard];
      if (words !== undefined) deps.log.warn({ collector: collectorId, seen: seen?.size }, words);
      return learned(now);
    },
    now: async () => learned(await read(db)),
    prove: async ({ from, to }) => {
      const hashes = await proveConsistency(db, from, to);
      if (hashes === null) return refusal("unsupported", "proof", `Central's tree does not lead from ${from} to ${to} entries.`, false);
      return { type: "proof", from, to, hashes };
    },
    facts: async () => {
      const { head } = await read(db);
      return { size: await treeSize(db), signedMs: head?.signedMs ?? null };
    },
  };
}
