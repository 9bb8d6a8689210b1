import type { Logger } from "pino";
import { noteIfDamage } from "./log/salvage-file.ts";

export interface EndOnFaultDeps {
  readonly home: string;
  readonly log: Pick<Logger, "fatal">;
  readonly exit: (code: number) => void;
}

/**
 * What to do with a fault that nobody caught: say it, end, and let systemd start the program anew. Whoever reads may meet damage of the
 * store's file before its writer does; unless it is noted, the next start would open the same file and end at the same place.
 */
export function endOnFault({ home, log, exit }: EndOnFaultDeps): (fault: unknown) => void {
  return (fault) => {
    const error = String((fault as Error).stack ?? fault);
    try {
      if (noteIfDamage(home, fault)) log.fatal({ error }, "the store's file is damaged; the next start carries over what can be read");
      else log.fatal({ error }, "this program met a bug and ends");
    } finally {
      exit(1);
    }
  };
}
