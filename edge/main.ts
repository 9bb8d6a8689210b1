import { type CommandDef, runCommand, showUsage } from "citty";
import { cameraCommand } from "./camera-commands.ts";
import { initCommand } from "./init-command.ts";
import { personCommand } from "./person-command.ts";
import { startCommand } from "./start-command.ts";

const COMMANDS = { start: startCommand, init: initCommand, camera: cameraCommand, person: personCommand } as const;

/** Without a command the edge starts: that is what it does all its life. */
async function main(args: readonly string[]): Promise<void> {
  const [first = "", ...rest] = args;
  const isNamed = first !== "" && !first.startsWith("-");
  const name = isNamed ? first : "start";
  const command = (COMMANDS as Readonly<Record<string, unknown>>)[name] as CommandDef | undefined;
  if (command === undefined) throw new Error(`There is no command "${name}". There are: ${Object.keys(COMMANDS).join(", ")}.`);
  if (args.includes("--help") || args.includes("-h")) return showUsage(command);
  await runCommand(command, { rawArgs: isNamed ? rest : [...args] });
}

main(process.argv.slice(2)).catch((error: unknown) => {
  // One sentence for people; what only a developer can use is in the log.
  console.error((error as Error).message);
  process.exitCode = 1;
  // A half-started worker must not keep a failed start alive.
  process.exit();
});
