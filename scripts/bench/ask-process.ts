import { type ChildProcess, fork } from "node:child_process";

/** A process of a bench that is told things and reports what came of them, one at a time. */
export interface AskProcess<Command, Report extends { readonly did: string }> {
  readonly ask: <Did extends Report["did"]>(command: Command, did: Did) => Promise<Extract<Report, { did: Did }>>;
  /** Tells it to end, and waits until it is gone. */
  readonly end: () => Promise<void>;
}

/** Starts `file`, which answers each message with a report, and ends when it is told `{ do: "end" }`. */
export function askProcess<Command extends { readonly do: string }, Report extends { readonly did: string; readonly why?: string }>(
  file: URL,
): AskProcess<Command, Report> {
  const child: ChildProcess = fork(file, { execArgv: ["--import", "tsx"], serialization: "advanced" });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    ask: (command, did) =>
      new Promise((resolve, reject) => {
        const onMessage = (report: Report): void => {
          child.off("message", onMessage);
          if (report.did === did) resolve(report as never);
          else reject(new Error(report.why ?? `the process answered ${report.did}`));
        };
        child.on("message", onMessage);
        void exited.then(() => reject(new Error("the process has ended")));
        child.send(command);
      }),
    end: async () => {
      if (child.connected) child.send({ do: "end" });
      await exited;
    },
  };
}
