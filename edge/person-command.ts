import { defineCommand } from "citty";
import { openCredentials } from "./config/credential-store.ts";
import { edgeHome } from "./config.ts";
import { addPerson } from "./people/people-file.ts";
import { readSecret } from "./read-secret.ts";

const add = defineCommand({
  meta: { name: "add", description: "Let a person sign in on the site's page. The PIN (6 digits or more) is read from stdin." },
  args: {
    home: { type: "string", description: "Home folder (else CHAVERIM_EDGE_HOME)" },
    name: { type: "positional", description: "The person's name", required: true },
  },
  async run({ args }) {
    const outcome = await addPerson(openCredentials(edgeHome(args.home)), args.name, await readSecret("PIN: "));
    if (outcome.kind === "refused") throw new Error(outcome.words);
    console.log(outcome.kind === "added" ? `${outcome.name} can sign in now.` : `${outcome.name} has a new PIN.`);
  },
});

export const personCommand = defineCommand({ meta: { name: "person", description: "People of this site" }, subCommands: { add } });
