import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { type DestinationStream, type Logger, multistream, pino } from "pino";

/** One file and the one before it: a Pi's card is no archive. */
const LOG_BYTES_MAX = 8 * 1024 * 1024;

/** Structured lines to the console and to logs/edge.log. Ids and counts only, never plates. */
export function openEdgeLog(home: string, level: string, console: DestinationStream = process.stdout): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    multistream([
      { stream: console, level: "trace" },
      { stream: logFile(home), level: "trace" },
    ]),
  );
}

function logFile(home: string): DestinationStream {
  const path = join(home, "logs", "edge.log");
  mkdirSync(join(home, "logs"), { recursive: true });
  let file = openSync(path, "a", 0o640);
  let size = statSync(path).size;
  return {
    write(line) {
      try {
        if (size > LOG_BYTES_MAX) {
          // Closed last: where renaming fails, a number that was given back could be another file's by the next line.
          renameSync(path, `${path}.1`);
          const full = file;
          file = openSync(path, "a", 0o640);
          closeSync(full);
          size = 0;
        }
        size += writeSync(file, line);
      } catch {
        // A full disk must not take the program down by its own log; the console still has the line.
      }
    },
  };
}
