/** A carried file at the simulated central: the real reader, the real steps of `central/carriers`, the merge of every session without one. */
import { type LogTrouble, takeCarried } from "../../../central/carriers/carried-append.ts";
import { nodeZstd } from "../../../central/merge/zstd.ts";
import type { BundleManifest } from "../../../shared/bundle/bundle-parts.ts";
import { type BundleItem, bundleReader } from "../../../shared/bundle/read-bundle.ts";
import { signReceipt } from "../../../shared/bundle/receipt.ts";
import { verifySignature } from "../../../shared/crypto/device-keys.ts";
import { bytesToHex, type LogId } from "../../../shared/model/ids.ts";
import type { Append } from "../../../shared/protocol/frames.ts";
import { helloSignedBytes } from "../../../shared/protocol/signed-bytes.ts";
import type { World } from "../world.ts";
import type { Registered } from "./registered.ts";

export type ImportedStick =
  | { readonly kind: "refused"; readonly words: string }
  | {
      readonly kind: "imported";
      readonly words: string;
      readonly isWhole: boolean;
      readonly records: number;
      readonly troubles: readonly LogTrouble[];
      readonly receipt: Uint8Array;
    };

interface Running {
  readonly who: Registered;
  readonly manifest: BundleManifest;
  readonly troubles: Map<LogId, LogTrouble>;
  records: number;
}

/** In one turn: what else happens at central meanwhile is before it or after it. */
export function importCarried(world: World, bytes: Uint8Array): ImportedStick {
  const { identity } = world.central;
  const reader = bundleReader(identity.boxKeys());
  let running: Running | null = null;
  let cut: string | null = null;
  for (const item of reader.push(bytes)) {
    if (item.kind === "refused") cut = item.why;
    else if (item.kind === "manifest") {
      const who = admit(world, item.manifest);
      if (typeof who === "string") return { kind: "refused", words: who };
      running = { who, manifest: item.manifest, troubles: new Map(), records: 0 };
    } else if (running !== null) takePart(world, running, item);
  }
  cut ??= reader.end();
  if (running === null) return { kind: "refused", words: cut ?? "truncated" };
  return finish(world, running, cut);
}

/** As `central/ingest/admit-bundle.ts`: what HELLO is held to, and the device key is bound alike. */
function admit({ central, sites }: World, { collectorId, deviceKey, bundleId, signature }: BundleManifest): Registered | string {
  const who = sites.find((site) => site.who.collectorId === collectorId)?.who;
  if (who === undefined) return "stranger";
  const claim = { session: bundleId, collectorId, centralId: central.identity.centralId, apiKeyDigest: who.apiKeyDigest };
  if (!verifySignature(deviceKey, helloSignedBytes(claim), signature)) return "not-signed";
  central.admitCarried(who, bytesToHex(deviceKey));
  return who;
}

function takePart(world: World, running: Running, item: Exclude<BundleItem, { kind: "manifest" | "refused" }>): void {
  if (item.kind !== "append") return;
  const { who, manifest } = running;
  const steps = takeCarried(running.troubles, manifest.collectorId, item.append, nodeZstd);
  for (let at = steps.next(null); at.done !== true; ) {
    const step = at.value;
    if (step.ask === "begin-log") world.central.beginCarriedLog(who, step.logId);
    at = steps.next(step.ask === "merge" ? merge(world, running, step.append) : null);
  }
}

function merge({ central, checks, ledger }: World, running: Running, append: Append) {
  const before = central.tables.logs.get(append.logId)?.next ?? 0;
  const answer = central.merge(running.who, append, false);
  const after = central.tables.logs.get(append.logId);
  const fresh = after?.records.slice(before) ?? [];
  running.records += fresh.length;
  // 27: what a carrier brings is what some card held, whoever has had that card since.
  for (const { tail } of fresh) checks.check(27, ledger.everDurable.has(tail.rid), () => `a stick brought ${tail.rid}, which no card held`);
  return answer;
}

function finish({ central }: World, { who, manifest, troubles, records }: Running, cut: string | null): ImportedStick {
  const logs = manifest.logs
    .map(({ logId }) => central.tables.logs.get(logId))
    .filter((log) => log !== undefined)
    .filter((log) => log.collectorId === who.collectorId);
  const { identity } = central;
  const receipt = signReceipt({ bundleId: manifest.bundleId, centralId: identity.centralId, logs, images: [] }, identity.sign);
  const words = `${records} records${cut === null ? "" : `, ${cut}`}`;
  return { kind: "imported", words, isWhole: cut === null, records, troubles: [...troubles.values()], receipt };
}
