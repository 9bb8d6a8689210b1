/** The words that central understands on the command line. */
import { startCentral } from "./app.ts";
import { addUser } from "./auth/change-users.ts";
import { backupCommand, backupVerifyCommand } from "./backup-commands.ts";
import { bundleDownCommand, bundleImportCommand } from "./bundle-command.ts";
import { addCollector } from "./collectors/add-collector.ts";
import type { CentralConfig } from "./config.ts";
import { type Foundation, openFoundation } from "./foundation.ts";
import { isRefusal } from "./http/refusal.ts";
import { publicKeysOf, siteListMaker } from "./registration.ts";
import { withMerging } from "./with-merging.ts";

const USAGE = `Usage: npm run central                                   serve
       npm run central -- collector add NAME             a new collector: its id, API key and central's public keys
       npm run central -- user add EMAIL NAME ROLE       a new person (admin, operator, viewer); the password is read from the input
       npm run central -- backup DIR                     a copy of the database in a new folder, while it is used
       npm run central -- backup-verify DIR              brings that copy up elsewhere, compares it, and lets edges rely on it
       npm run central -- bundle import FILE             records of a site from a stick; writes the receipt, and the file below, beside it
       npm run central -- bundle down SITE FILE          a file for one site's stick: receipt, watchlists, waiting commands (SITE: id or name)`;

/** Something a person typed that cannot be done; the message is for them, whole. */
export class WrongWords extends Error {
  override readonly name = "WrongWords";
}

export async function runCommand(words: readonly string[], config: CentralConfig): Promise<void> {
  const [noun, verb, ...rest] = words;
  if (words.includes("--help") || words.includes("-h")) return console.log(USAGE);
  // A name never begins with a dash; an option that nobody knows would become one.
  const option = words.find((word) => word.startsWith("-"));
  if (option !== undefined) throw new WrongWords(`There is no option "${option}".\n${USAGE}`);
  if (noun === undefined) return serve(config);
  if (noun === "collector" && verb === "add") return addCollectorCommand(config, rest);
  if (noun === "user" && verb === "add") return once(config, (base) => addUserCommand(base, rest));
  if (noun === "backup" && verb !== undefined && rest.length === 0) return backupCommand(config, verb);
  if (noun === "backup-verify" && verb !== undefined && rest.length === 0) return backupVerifyCommand(config, verb);
  if (noun === "bundle" && verb === "import" && rest.length === 1) return bundleImportCommand(config, rest[0]!);
  if (noun === "bundle" && verb === "down" && rest.length === 2) return bundleDownCommand(config, rest[0]!, rest[1]!);
  throw new WrongWords(`There is no command "${words.join(" ")}".\n${USAGE}`);
}

async function serve(config: CentralConfig): Promise<void> {
  const app = await startCentral(config, (line) => console.log(line));
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(1);
    stopping = true;
    void app.stop().then(() => process.exit(0));
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

async function once(config: CentralConfig, work: (base: Foundation) => Promise<void>): Promise<void> {
  const base = await openFoundation(config);
  try {
    await work(base);
  } finally {
    await base.close();
  }
}

const CONSOLE = { userId: null, userName: "console", address: null, requestId: null };

async function addCollectorCommand(config: CentralConfig, [name, ...rest]: readonly string[]): Promise<void> {
  if (name === undefined || rest.length > 0)
    throw new WrongWords(`"collector add" takes one name (in quotation marks if it has blanks).\n${USAGE}`);
  const base = await openFoundation(config);
  await withMerging(base, async (merging) => {
    const { db, newId, randomBytes, nowMs } = base;
    const editing = { db, newId, nowMs, appendOwn: merging.ownLog.appendOwn, onListsChanged: () => undefined };
    const site = { name, latitude: null, longitude: null, timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone };
    const added = await addCollector({ db, newId, randomBytes, nowMs, makeSiteList: siteListMaker(editing) }, { name, site }, CONSOLE);
    if (isRefusal(added)) throw new WrongWords(added.message);
    const keys = publicKeysOf(merging.identity);
    console.log(`collector id:        ${added.collectorId}`);
    console.log(`API key (shown once): ${added.apiKey}`);
    console.log(`central's keys:      ${keys.ed25519}:${keys.x25519}`);
  });
}

async function addUserCommand(base: Foundation, [email, name, role]: readonly string[]): Promise<void> {
  if (email === undefined || name === undefined || (role !== "admin" && role !== "operator" && role !== "viewer"))
    throw new WrongWords(`"user add" takes an email, a name and a role.\n${USAGE}`);
  const password = await readInput("Password: ");
  if (password.length < 8) throw new WrongWords("The password needs at least 8 characters.");
  const answer = await addUser(base, { email, name, role, password, sites: [] }, CONSOLE);
  if (isRefusal(answer)) throw new WrongWords(answer.message);
  console.log(`${answer.user.email} can sign in as ${answer.user.role}.`);
}

/** One line of the input, without its end. */
async function readInput(question: string): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write(question);
  let text = "";
  for await (const part of process.stdin) {
    text += String(part);
    if (text.includes("\n")) break;
  }
  return text.split("\n")[0]?.trim() ?? "";
}
