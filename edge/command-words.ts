/**
 * What was typed, held against what the commands know. The parser behind them takes any word: `--hmoe DIR` would quietly start another
 * home.
 */
import type { ArgsDef, CommandDef } from "citty";

export type Commands = Readonly<Record<string, CommandDef<ArgsDef>>>;

export interface TypedCommand {
  readonly name: string;
  readonly command: CommandDef<ArgsDef>;
  readonly words: readonly string[];
}

/** The command that `words` begin with, its subcommand included, and the words after it. Throws one sentence. */
export function commandOf(commands: Commands, words: readonly string[], before = ""): TypedCommand {
  const [first = "", ...rest] = words;
  const there = `There are: ${Object.keys(commands).join(", ")}.`;
  const command = Object.hasOwn(commands, first) ? commands[first] : undefined;
  if (command === undefined) {
    throw new Error(
      first === "" || first.startsWith("-")
        ? `Say what to do with "${before}". ${there}`
        : `There is no command "${`${before} ${first}`.trim()}". ${there}`,
    );
  }
  const name = `${before} ${first}`.trim();
  const inner = command.subCommands as Commands | undefined;
  return inner === undefined ? { name, command, words: rest } : commandOf(inner, rest, name);
}

/** Throws one sentence for an option or a word that the command does not know, an option without its value, or one that must be there. */
export function checkWords({ name, command, words }: TypedCommand): void {
  const known = Object.entries(command.args as ArgsDef);
  const options = known.filter(([, { type }]) => type !== "positional").map(([option]) => option);
  const missing = new Map(known.filter(([option, { required }]) => required === true && options.includes(option)));
  let places = known.length - options.length;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (!word.startsWith("--")) {
      if (word.startsWith("-") || --places < 0) throw new Error(`"${name}" does not know "${word}". ${optionsOf(options)}`);
      continue;
    }
    const [option = "", value] = word.slice(2).split(/=(.*)/s);
    if (!options.includes(option)) throw new Error(`"${name}" does not know --${option}. ${optionsOf(options)}`);
    missing.delete(option);
    if (value === undefined && ++at >= words.length) throw new Error(`--${option} needs a value after it.`);
  }
  for (const [option, { description }] of missing) throw new Error(`"${name}" needs --${option}: ${description}.`);
}

const optionsOf = (options: readonly string[]): string => `It knows: ${options.map((option) => `--${option}`).join(", ")}.`;

/** One line for each command. */
export function listOf(commands: Commands, before = ""): string[] {
  return Object.entries(commands).flatMap(([name, { meta, subCommands }]) => {
    const full = `${before} ${name}`.trim();
    if (subCommands !== undefined) return listOf(subCommands as Commands, full);
    return [`  ${full.padEnd(14)}${(meta as { description?: string } | undefined)?.description ?? ""}`];
  });
}
