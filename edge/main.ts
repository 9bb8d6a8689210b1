import { runCommand, showUsage } from "citty";
import { bundleCommand } from "./bundle-command.ts";
import { cameraCommand } from "./camera-commands.ts";
import { type Commands, checkWords, commandOf, listOf } from "./command-words.ts";
import { initCommand } from "./init-command.ts";
import { personCommand } from "./person-command.ts";
import { startCommand } from "./start-command.ts";

const COMMANDS = {
  start: startCommand,
  init: initCommand,
  camera: cameraCommand,
  person: personCommand,
  bundle: bundleCommand,
} as unknown as Commands;
const isHelp = (word: string): boolean => word === "--help" || word === "-h";

/** Without a command the edge starts: that is what it does all its life. */
async function main(args: readonly string[]): Promise<void> {
  const [first = ""] = args;
  if (isHelp(first)) return console.log(["Usage: npm run edge -- COMMAND", ...listOf(COMMANDS)].join("\n"));
  const typed = commandOf(COMMANDS, first === "" || first.startsWith("-") ? ["start", ...args] : args.filter((word) => !isHelp(word)));
  if (args.some(isHelp)) return showUsage(typed.command);
  checkWords(typed);
  await runCommand(typed.command, { rawArgs: [...typed.words] });
}

/** A full disk is met anywhere, and Node says neither which nor what to do. */
const wordsOf = ({ code, message }: NodeJS.ErrnoException): string =>
  code === "ENOSPC" ? `The disk is full. What was stored is safe. Free some space, then try again. (${message})` : message;

main(process.argv.slice(2)).catch((error: unknown) => {
  // One sentence for people; what only a developer can use is in the log.
  console.error(wordsOf(error as NodeJS.ErrnoException));
  process.exitCode = 1;
  // A half-started worker must not keep a failed start alive.
  process.exit();
});
