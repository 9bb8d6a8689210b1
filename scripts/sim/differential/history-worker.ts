/** A thread that makes one history after another for the differential test. */
import { parentPort } from "node:worker_threads";
import { makeHistory } from "./history.ts";

const port = parentPort;
if (port === null) throw new Error("this is a worker's program");

port.on("message", (seed: number) => {
  makeHistory(seed).then(
    (history) => port.postMessage(history),
    (error: Error) => {
      // Ends this thread with the error, which the other side is waiting for.
      setImmediate(() => {
        throw error;
      });
    },
  );
});
