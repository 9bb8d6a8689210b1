/**
 * An edge as witness of central's tree, without I/O. It keeps the largest head that it has verified, asks for a proof when central shows a
 * larger one, and moves on only by that proof. Under one incarnation a tree can only grow: a smaller one, another root of the same size, or
 * a proof that does not verify is a fork of central's own history. Another incarnation is a central that was restored: it may be shorter.
 * Whatever comes out of it, nothing stops.
 */
import { verifyConsistency } from "../log/merkle-verify.ts";
import { sameBytes } from "../log/record.ts";
import type { Proof, ProofRequest, TreeHead } from "./frames.ts";
import { PROOF_EVERY_MS } from "./limits.ts";
import { isSignedHead } from "./tree-head.ts";

export type ForkWhy = "smaller" | "two-roots" | "not-proved";

export type TreeNews =
  /** Keep this head: it continues the one before, or is the first. */
  | { readonly kind: "witness"; readonly head: TreeHead }
  /** Central lives a new life, and its tree does not continue the one that was seen: keep the new head, tell people. */
  | { readonly kind: "restored"; readonly held: TreeHead; readonly shown: TreeHead }
  /** The alarm LOG_FORK; the witness stays. */
  | { readonly kind: "fork"; readonly why: ForkWhy; readonly held: TreeHead; readonly shown: TreeHead }
  /** Not central's signature: not used. */
  | { readonly kind: "unsigned" };

export interface TreeStep {
  readonly news: readonly TreeNews[];
  readonly ask: ProofRequest | null;
}

export interface TreeWatch {
  centralKey: Uint8Array | null;
  witness: TreeHead | null;
  /** The head that a proof was asked for. */
  asked: TreeHead | null;
  askAgainMs: number;
  /** One alarm a session: the same contradiction comes with every BEAT. */
  alarmed: boolean;
}

export function newTreeWatch(): TreeWatch {
  return { centralKey: null, witness: null, asked: null, askAgainMs: 0, alarmed: false };
}

const NOTHING: TreeStep = { news: [], ask: null };

/** A head in WELCOME or BEAT. `centralKey`: the pinned one. */
export function noteTreeHead(watch: TreeWatch, shown: TreeHead, nowMs: number): TreeStep {
  if (watch.centralKey === null) return NOTHING;
  const held = watch.witness;
  // The very head that was verified when it was taken over: most BEATs bring nothing else.
  if (held !== null && isSameHead(held, shown)) return NOTHING;
  if (!isSignedHead(shown, watch.centralKey)) return { news: [{ kind: "unsigned" }], ask: null };
  // Another central's head says nothing about this one's.
  if (held === null || held.centralId !== shown.centralId) return moveTo(watch, shown);
  const isSameTree = held.size === shown.size && sameBytes(held.root, shown.root);
  if (isSameTree) return held.incarnation === shown.incarnation ? NOTHING : moveTo(watch, shown);
  if (shown.size > held.size) return askFor(watch, held, shown, nowMs);
  return contradiction(watch, shown.size < held.size ? "smaller" : "two-roots", held, shown);
}

const isSameHead = (a: TreeHead, b: TreeHead): boolean =>
  a.centralId === b.centralId &&
  a.incarnation === b.incarnation &&
  a.size === b.size &&
  sameBytes(a.root, b.root) &&
  sameBytes(a.signature, b.signature);

/** The answer to a question; one that was not asked is left alone. */
export function noteProof(watch: TreeWatch, proof: Proof): TreeStep {
  const { witness: held, asked } = watch;
  if (held === null || asked === null || proof.from !== held.size || proof.to !== asked.size) return NOTHING;
  watch.asked = null;
  return verifyConsistency(held, asked, proof.hashes) ? moveTo(watch, asked) : contradiction(watch, "not-proved", held, asked);
}

function askFor(watch: TreeWatch, held: TreeHead, shown: TreeHead, nowMs: number): TreeStep {
  if (nowMs < watch.askAgainMs) return NOTHING;
  watch.askAgainMs = nowMs + PROOF_EVERY_MS;
  watch.asked = shown;
  return { news: [], ask: { type: "proof?", from: held.size, to: shown.size } };
}

function moveTo(watch: TreeWatch, head: TreeHead): TreeStep {
  watch.witness = head;
  watch.alarmed = false;
  return { news: [{ kind: "witness", head }], ask: null };
}

function contradiction(watch: TreeWatch, why: ForkWhy, held: TreeHead, shown: TreeHead): TreeStep {
  if (held.incarnation !== shown.incarnation) {
    watch.witness = shown;
    watch.asked = null;
    return { news: [{ kind: "restored", held, shown }], ask: null };
  }
  if (watch.alarmed) return NOTHING;
  watch.alarmed = true;
  return { news: [{ kind: "fork", why, held, shown }], ask: null };
}
