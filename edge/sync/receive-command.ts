import { verifySignature } from "../../shared/crypto/device-keys.ts";
import type { Command } from "../../shared/protocol/frames.ts";
import { commandSignedBytes } from "../../shared/protocol/signed-bytes.ts";
import type { UplinkDeps } from "./uplink-deps.ts";

/** Hands a command on when the pinned central signed it for this collector; any other changes nothing and is said in one line. Answers whether it was. */
export function receiveCommand(deps: Pick<UplinkDeps, "pinned" | "collectorId" | "onCommand" | "log">, command: Command): boolean {
  const key = deps.pinned.signingKey();
  if (key !== null && verifySignature(key, commandSignedBytes(deps.collectorId, command), command.signature)) {
    deps.onCommand(command);
    return true;
  }
  deps.log.warn({ command: command.id }, "a command that central has not signed for this site was not taken");
  return false;
}
