import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const COMPOSE = join(import.meta.dirname, "../../docker/compose.yaml");

/** The settings that the deployment's PostgreSQL is started with, by name: what is measured is what people get. Throws for another form. */
export function deploymentSettings(): Record<string, string> {
  const compose = parse(readFileSync(COMPOSE, "utf8")) as { services: { postgres: { command: string[] } } };
  const [program, ...flags] = compose.services.postgres.command;
  if (program !== "postgres") throw new Error("docker/compose.yaml does not start postgres");
  return Object.fromEntries(flags.map(readFlag));
}

function readFlag(flag: string): [name: string, value: string] {
  const read = /^-c([a-z_]+)=(\S+)$/.exec(flag);
  if (read === null) throw new Error(`docker/compose.yaml: "${flag}" is not -cNAME=VALUE`);
  return [read[1]!, read[2]!];
}
