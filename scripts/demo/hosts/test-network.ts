/**
 * Separate hosts on one machine: a network namespace for central and one for each edge. Each edge has two cables to central's host: the
 * uplink, which is cut, slowed and made lossy, and the cameras' own network, which is not.
 */
import { execFileSync } from "node:child_process";

export interface EdgeHost {
  readonly namespace: string;
  /** Of central's host, as this edge reaches it over the uplink. */
  readonly centralAddress: string;
  /** Of the edge's host in the cameras' network. */
  readonly address: string;
  /** `cut`: no cable. `slow`: 256 kbit/s with a long queue. `lossy`: 128 kbit/s whose queue holds two packets, so that many are dropped. */
  readonly setUplink: (state: UplinkState) => void;
}

export type UplinkState = "whole" | "cut" | "slow" | "lossy";

export interface HostNetwork {
  readonly central: { readonly namespace: string };
  readonly edges: readonly EdgeHost[];
  readonly close: () => void;
}

/** Null with the reason where the machine does not allow it. */
export type OpenedNetwork = { readonly kind: "open"; readonly network: HostNetwork } | { readonly kind: "refused"; readonly why: string };

const run = (words: string): string => execFileSync("ip", words.split(" "), { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

const QUEUES: Readonly<Record<Exclude<UplinkState, "cut" | "whole">, string>> = {
  slow: "tbf rate 256kbit burst 4kb latency 400ms",
  lossy: "tbf rate 128kbit burst 2kb limit 3000",
};

/** `tag` keeps the names of two runs apart; at most 5 letters, interface names are short. */
export function openHostNetwork(tag: string, edges: number): OpenedNetwork {
  const namespaces = [`${tag}-c`, ...Array.from({ length: edges }, (_, at) => `${tag}-e${at}`)];
  const made: string[] = [];
  const close = (): void => {
    for (const namespace of made) run(`netns del ${namespace}`);
  };
  try {
    for (const namespace of namespaces) {
      run(`netns add ${namespace}`);
      made.push(namespace);
      run(`-n ${namespace} link set lo up`);
    }
    const hosts = namespaces.slice(1).map((namespace, at) => edgeHost(tag, namespaces[0]!, namespace, at));
    return { kind: "open", network: { central: { namespace: namespaces[0]! }, edges: hosts, close } };
  } catch (error) {
    close();
    return { kind: "refused", why: error instanceof Error ? error.message.split("\n").slice(0, 2).join(" ") : String(error) };
  }
}

function edgeHost(tag: string, central: string, namespace: string, at: number): EdgeHost {
  const up = cable(`${tag}u${at}`, central, namespace, `10.91.${at}`);
  const cameras = cable(`${tag}k${at}`, central, namespace, `10.92.${at}`);
  const both = [
    [namespace, up.far],
    [central, up.near],
  ] as const;
  return {
    namespace,
    centralAddress: up.nearAddress,
    address: cameras.farAddress,
    setUplink: (state) => {
      run(`-n ${namespace} link set ${up.far} ${state === "cut" ? "down" : "up"}`);
      for (const [where, name] of both) {
        if (state === "slow" || state === "lossy") tc(where, `qdisc replace dev ${name} root ${QUEUES[state]}`);
        else if (state === "whole") tc(where, `qdisc replace dev ${name} root pfifo limit 1000`);
      }
    },
  };
}

const tc = (namespace: string, words: string): string => run(`netns exec ${namespace} tc ${words}`);

/** A cable between two hosts, `.1` at central's end and `.2` at the edge's. */
function cable(name: string, central: string, edge: string, net: string) {
  const [near, far] = [`${name}c`, `${name}e`];
  run(`link add ${near} netns ${central} type veth peer name ${far} netns ${edge}`);
  run(`-n ${central} addr add ${net}.1/24 dev ${near}`);
  run(`-n ${edge} addr add ${net}.2/24 dev ${far}`);
  run(`-n ${central} link set ${near} up`);
  run(`-n ${edge} link set ${far} up`);
  return { near, far, nearAddress: `${net}.1`, farAddress: `${net}.2` };
}
