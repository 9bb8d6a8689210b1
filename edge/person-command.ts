import { defineCommand } from "citty";
import { openCredentials } from "./config/credential-store.ts";
import { edgeHome, loadEdgeConfig } from "./config.ts";
import { addPerson, readPeople } from "./people/people-file.ts";
import { readSecret } from "./read-secret.ts";

const add = defineCommand({
  meta: { name: "add", description: "Let a person sign in on the site's page. The PIN (6 digits or more) is read from stdin." },
  args: {
    home: { type: "string", description: "Home folder (else CHAVERIM_EDGE_HOME)" },
    name: { type: "positional", description: "The person's name", required: true },
  },
  async run({ args }) {
    const home = edgeHome(args.home);
    const configured = loadEdgeConfig(home);
    if (configured.kind === "bad") throw new Error(configured.words);
    const credentials = openCredentials(home);
    const isFirst = readPeople(credentials).length === 0;
    const outcome = await addPerson(credentials, args.name, await readSecret("PIN: "));
    if (outcome.kind === "refused") throw new Error(outcome.words);
    console.log(outcome.kind === "added" ? `${outcome.name} can sign in now.` : `${outcome.name} has a new PIN.`);
    if (isFirst) console.log("A running edge opens its page to the network after: kill -HUP (its process), or a restart.");
  },
});

export const personCommand = defineCommand({ meta: { name: "person", description: "People of this site" }, subCommands: { add } });
