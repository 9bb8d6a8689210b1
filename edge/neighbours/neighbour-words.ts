/** What the site's page says of neighbours: who carries for whom, and whether central has answered. No plates, no ids. */
import type { SiteStatus } from "../../shared/api/site-api.ts";
import type { AtNeighbour, Carried } from "./bring-to-neighbour.ts";
import type { SpooledBundle } from "./carry-spool.ts";

export interface NeighbourFacts {
  /** Collectors that central named. */
  readonly known: number;
  readonly waitsAt: AtNeighbour | null;
  readonly carried: Carried | null;
  readonly spool: readonly SpooledBundle[];
  readonly nameOf: (origin: SpooledBundle["origin"]) => string;
}

const LINES_MAX = 12;

export function neighbourLines(facts: NeighbourFacts): SiteStatus["neighbours"] {
  const { waitsAt, carried } = facts;
  return [
    ...(waitsAt === null
      ? []
      : [
          {
            words: `${counted(waitsAt.records)} of this site lie at ${waitsAt.by}, which brings them to central. They stay here as well.`,
            at: iso(waitsAt.sinceMs),
          },
        ]),
    ...(carried === null
      ? []
      : [
          {
            words: `${counted(carried.records)} of this site were carried by ${carried.by}. Central's receipt came.`,
            at: iso(carried.receiptAtMs),
          },
        ]),
    ...facts.spool.map((bundle) => ({
      words: spoolWords(bundle, facts.nameOf(bundle.origin)),
      at: iso(bundle.answeredMs ?? bundle.receivedMs),
    })),
    ...(facts.known === 0 ? [{ words: "Central has named no neighbours for this site yet, so nobody carries for it.", at: null }] : []),
  ].slice(0, LINES_MAX);
}

function spoolWords({ state, records }: SpooledBundle, name: string): string {
  const what = `${counted(records)} of ${name}`;
  switch (state) {
    case "arriving":
      return `${what} are coming in from the local network.`;
    case "held":
      return `${what} wait here for the uplink. This site's own go first.`;
    case "delivered":
      return `${what} were brought to central. The receipt is here for it.`;
    case "refused":
      return `Central refused the bundle of ${name}. That site is told.`;
  }
}

const counted = (records: number): string => (records === 1 ? "1 record" : `${records.toLocaleString("en-US")} records`);
/** A neighbour's clock may say anything. */
const iso = (ms: number): string => new Date(Math.min(Math.max(0, ms), Date.UTC(2100, 0, 1))).toISOString();
