/** What was asked of the site that is open: fetched, and asked for again while an answer is awaited. */
import type { CommandsAnswer, CommandView, ConfigAnswer } from "../../../shared/api/central-api.ts";
import type { Answer } from "../../data/api-client.ts";
import { load, notLoaded } from "../../data/loaded.ts";
import { onLive } from "../live-feed.ts";
import { api } from "../session-state.ts";

export const commands = notLoaded<CommandsAnswer>();

const ASK_AGAIN_MS = 3_000;
const ON_ITS_WAY: ReadonlySet<CommandView["state"]> = new Set(["waiting", "sent"]);

export const loadCommands = (collector: string): Promise<void> => load(commands, () => api.get(`/collectors/${collector}/commands`));

/** Loads the commands of a collector and keeps them fresh; the returned function stops. */
export function followCommands(collector: string): () => void {
  commands.value = { value: undefined, problem: undefined, loading: false };
  void loadCommands(collector);
  const isAwaited = (): boolean => commands.peek().value?.commands.some((one) => ON_ITS_WAY.has(one.state)) ?? false;
  const timer = setInterval(() => {
    if (isAwaited() && !document.hidden && !commands.peek().loading) void loadCommands(collector);
  }, ASK_AGAIN_MS);
  const stop = onLive((messages) => {
    const isAbout = messages.some((message) => message.type === "collector" && message.collector.id === collector);
    if (isAbout && isAwaited()) void loadCommands(collector);
  });
  return () => {
    clearInterval(timer);
    stop();
  };
}

export async function askForReport(collector: string): Promise<Answer<CommandView>> {
  return sent(collector, await api.send<CommandView>("POST", `/collectors/${collector}/commands`, { kind: "report-now" }));
}

export interface ConfigDraft {
  readonly yaml: string;
  readonly reason: string;
  /** The revision that the text was made from. */
  readonly basedOn: number;
}

export async function sendConfig(collector: string, { yaml, reason, basedOn }: ConfigDraft): Promise<Answer<CommandView>> {
  const body = { kind: "set-config", yaml, reason, based_on: basedOn };
  return sent(collector, await api.send<CommandView>("POST", `/collectors/${collector}/commands`, body));
}

export function loadConfig(collector: string): Promise<Answer<ConfigAnswer>> {
  return api.get(`/collectors/${collector}/config`);
}

/** The new one is in the list before its answer can come. */
async function sent(collector: string, answer: Answer<CommandView>): Promise<Answer<CommandView>> {
  if (answer.ok) await loadCommands(collector);
  return answer;
}
