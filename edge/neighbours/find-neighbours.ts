/**
 * Says on the local network that this site's page takes bundles, and listens who else says so (DNS-SD over mDNS, RFC 6762 and 6763). What is heard
 * is a hint where to ask, no more: anybody may say anything, and keys are proved elsewhere. On each network of this machine, because a
 * site without an uplink often has no default route, over which multicast would go otherwise.
 */
import { networkInterfaces } from "node:os";
import makeMdns, { type MulticastDNS, type ResponsePacket } from "multicast-dns";

export interface FindDeps {
  /** Of this site, unique. */
  readonly id: string;
  readonly port: number;
  readonly isTls: boolean;
  /** IPv4 addresses of this machine's networks, looked at again and again: Wi-Fi comes and goes. */
  readonly networks: () => readonly string[];
  readonly monoMs: () => number;
  readonly log: { readonly info: (facts: object, words: string) => void };
}

export interface NeighbourFinder {
  /** Pages that were heard of lately: http(s)://address:port. */
  readonly addresses: () => readonly string[];
  readonly stop: () => Promise<void>;
}

const SERVICE = "_alpr-neighbour._tcp.local";
const TTL_SECONDS = 120;
const ASK_EVERY_MS = 60_000;
const LOOK_AT_NETWORKS_MS = 10_000;
/** Heard of no more for so long: gone. */
const FORGET_AFTER_MS = 5 * 60_000;
/** Anybody may announce any number of names. */
const FOUND_MAX = 32;
const NETWORKS_MAX = 4;
/** However often it is asked, it answers no more often than this on one network. */
const ANSWER_EVERY_MS = 1_000;

export function findNeighbours(deps: FindDeps): NeighbourFinder {
  const name = `${deps.id}.${SERVICE}`;
  /** When each address was heard of last; a site on two networks has two. */
  const found = new Map<string, number>();
  const open = new Map<string, MulticastDNS>();
  let lastTrouble = "";
  /** Without an error when all went well, or when the socket was closed meanwhile. */
  const trouble = (error?: Error | null): void => {
    if (!error) return;
    const code = (error as NodeJS.ErrnoException).code ?? error.message;
    if (code === lastTrouble) return;
    lastTrouble = code;
    deps.log.info(
      {},
      `neighbours cannot be looked for by multicast on this network (${code}); those under neighbours.addresses are asked all the same`,
    );
  };
  const hear = (packet: ResponsePacket, from: string): void => {
    for (const [who, url] of servicesOf(packet, from)) {
      if (who === name) continue;
      found.delete(url);
      if (found.size >= FOUND_MAX) found.delete(found.keys().next().value!);
      found.set(url, deps.monoMs());
    }
  };
  const begin = (network: string): MulticastDNS => {
    const mdns = makeMdns({ interface: network, bind: "0.0.0.0" });
    let answeredMs = Number.NEGATIVE_INFINITY;
    let isAnswerDue = false;
    const answer = (): void => {
      const waitMs = answeredMs + ANSWER_EVERY_MS - deps.monoMs();
      if (waitMs > 0) {
        // Not dropped: who asks now would else hear nothing for a minute.
        if (isAnswerDue) return;
        isAnswerDue = true;
        setTimeout(() => {
          isAnswerDue = false;
          answer();
        }, waitMs).unref();
        return;
      }
      answeredMs = deps.monoMs();
      mdns.respond({ answers: recordsOf(name, deps, network) }, trouble);
    };
    mdns.on("error", trouble);
    mdns.on("warning", trouble);
    mdns.on("query", (query) => {
      const isAsked = (query.questions ?? []).some((one) => one.type === "PTR" && one.name.toLowerCase() === SERVICE);
      if (isAsked) answer();
    });
    mdns.on("response", (response, from) => hear(response, from.address));
    mdns.on("ready", () => {
      answer();
      mdns.query(SERVICE, "PTR", trouble);
    });
    return mdns;
  };
  const look = (): void => {
    const networks = deps.networks().slice(0, NETWORKS_MAX);
    for (const [network, mdns] of open) {
      if (networks.includes(network)) continue;
      open.delete(network);
      mdns.destroy();
    }
    for (const network of networks) if (!open.has(network)) open.set(network, begin(network));
  };
  look();
  const timers = [
    setInterval(look, LOOK_AT_NETWORKS_MS),
    setInterval(() => {
      for (const mdns of open.values()) mdns.query(SERVICE, "PTR", trouble);
    }, ASK_EVERY_MS),
  ];
  for (const timer of timers) timer.unref();
  return {
    addresses() {
      for (const [url, heardMs] of found) if (deps.monoMs() - heardMs > FORGET_AFTER_MS) found.delete(url);
      return [...found.keys()];
    },
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await Promise.all([...open.values()].map((mdns) => new Promise<void>((resolve) => mdns.destroy(resolve))));
      open.clear();
    },
  };
}

type Records = Parameters<MulticastDNS["respond"]>[0] extends infer Given ? Extract<Given, readonly unknown[]> : never;

function recordsOf(name: string, { id, port, isTls }: FindDeps, network: string): Records {
  const host = `${id}.local`;
  return [
    { name: SERVICE, type: "PTR", ttl: TTL_SECONDS, data: name },
    { name, type: "SRV", ttl: TTL_SECONDS, data: { port, target: host } },
    { name, type: "TXT", ttl: TTL_SECONDS, data: ["v=1", `tls=${isTls ? 1 : 0}`] },
    { name: host, type: "A", ttl: TTL_SECONDS, data: network },
  ];
}

/** Who announced this service in a packet, and where it is: at the address that the packet itself came from, whatever it says. */
function servicesOf({ answers, additionals }: ResponsePacket, from: string): (readonly [string, string])[] {
  const records = [...(answers ?? []), ...(additionals ?? [])];
  return records.flatMap((record) => {
    if (record.type !== "SRV" || !record.name.endsWith(`.${SERVICE}`) || !(record.data.port > 0)) return [];
    const texts = records.flatMap((one) => (one.type === "TXT" && one.name === record.name ? [one.data].flat().map(String) : []));
    return [[record.name, `${texts.includes("tls=1") ? "https" : "http"}://${from}:${record.data.port}`] as const];
  });
}

/** One IPv4 address of each network of this machine, loopback left out. */
export const ownNetworks = (): string[] =>
  Object.values(networkInterfaces()).flatMap((addresses) => {
    const first = addresses?.find(({ family, internal }) => family === "IPv4" && !internal);
    return first === undefined ? [] : [first.address];
  });
