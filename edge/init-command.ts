import { defineCommand } from "citty";
import { type CollectorId, parseUuid } from "../shared/model/ids.ts";
import { openCredentials } from "./config/credential-store.ts";
import { type LocalValue, setLocal } from "./config/edit-local.ts";
import { edgeHome, loadEdgeConfig } from "./config.ts";
import { readPeople } from "./people/people-file.ts";
import { readSecret } from "./read-secret.ts";
import { CENTRAL_KEYS } from "./start-uplink.ts";
import { parseCentralKeys, writePin } from "./sync/pinned-central.ts";

const API_KEY = /^alpr_[A-Za-z0-9_-]{43}$/;

/** Makes or changes a home. Said again with other values it changes just those; records and keys of this device are never touched. */
export const initCommand = defineCommand({
  meta: { name: "init", description: "Set up this edge's home. The API key is read from stdin." },
  args: {
    home: { type: "string", description: "Home folder (else CHAVERIM_EDGE_HOME)" },
    central: { type: "string", description: "Address of central, http:// or https://", required: true },
    collector: { type: "string", description: "Collector id, as `collector add` printed it", required: true },
    "central-key": { type: "string", description: "Central's two public keys, as `collector add` printed them" },
    site: { type: "string", description: "Name of the site" },
    latitude: { type: "string", description: "Degrees north" },
    longitude: { type: "string", description: "Degrees east" },
    "time-zone": { type: "string", description: "Such as America/New_York" },
    listen: { type: "string", description: "Address and port of the site's page (0.0.0.0:8080)" },
  },
  async run({ args }) {
    const home = edgeHome(args.home);
    const collector = parseUuid<CollectorId>(args.collector);
    if (collector === undefined) throw new Error("--collector must be the collector's id, a UUID.");
    if (!URL.canParse(args.central)) throw new Error("--central must be an address such as https://central.example.org");
    const pin = args["central-key"] === undefined ? null : parseCentralKeys(args["central-key"]);
    if (pin === undefined) throw new Error("--central-key must be the two keys that `collector add` printed, with a colon between them.");
    const apiKey = await readSecret("API key: ");
    if (apiKey !== "" && !API_KEY.test(apiKey))
      throw new Error("That is no API key: it begins with alpr_ and has 43 characters after that.");
    const credentials = openCredentials(home);
    const undo = setLocal(home, localValues(collector, args));
    const outcome = loadEdgeConfig(home);
    if (outcome.kind === "bad") {
      // A home that works must go on working after a typing error.
      undo();
      throw new Error(`${outcome.words} (Nothing was changed.)`);
    }
    if (apiKey !== "") credentials.write("api-key", apiKey);
    if (pin !== null) writePin(credentials.pathOf(CENTRAL_KEYS), pin);
    console.log(`Home: ${home}`);
    for (const words of missing(home)) console.log(words);
  },
});

interface InitArgs {
  readonly central: string;
  readonly site?: string | undefined;
  readonly latitude?: string | undefined;
  readonly longitude?: string | undefined;
  readonly "time-zone"?: string | undefined;
  readonly listen?: string | undefined;
}

function localValues(collector: CollectorId, args: InitArgs): Record<string, LocalValue> {
  const site = {
    ...(args.site === undefined ? {} : { name: args.site }),
    ...(args.latitude === undefined ? {} : { latitude: args.latitude }),
    ...(args.longitude === undefined ? {} : { longitude: args.longitude }),
    ...(args["time-zone"] === undefined ? {} : { time_zone: args["time-zone"] }),
  };
  return {
    central: { url: args.central, api_key_file: "config/.credentials/api-key" },
    collector_id: collector,
    ...(Object.keys(site).length === 0 ? {} : { site }),
    ...(args.listen === undefined ? {} : { web: { listen: args.listen } }),
  };
}

/** What a person still has to do, one sentence each. */
function missing(home: string): string[] {
  const credentials = openCredentials(home);
  const outcome = loadEdgeConfig(home);
  const words: string[] = [];
  if (credentials.read("api-key") === null) words.push("Missing: the API key. Run init again and type it in.");
  if (credentials.read(CENTRAL_KEYS) === null) words.push("Central's key is not pinned yet: the first central that answers will be.");
  if (readPeople(credentials).length === 0) words.push(`Missing: a person who can sign in. npm run edge -- person add NAME --home ${home}`);
  if (outcome.kind === "config" && outcome.config.cameras.length === 0) {
    words.push(`Missing: a camera. npm run edge -- camera add --name NAME --adapter hikvision --url http://ADDRESS --home ${home}`);
  }
  return words.length === 0 ? ["Nothing is missing. Start it: npm run edge"] : words;
}
