import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type BootId, bytesToHex } from "../../shared/model/ids.ts";
import { writeDurably } from "../write-durably.ts";

/** The kernel's name of this boot; null where there is none (then each start of the process counts as a boot). */
export function kernelBoot(): string | null {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return null;
  }
}

/**
 * The boot id of this machine's run: 8 random bytes, made anew when the kernel's differs from the stored one. The kernel's own is not
 * used in records: it would link them to other logs of the same machine.
 */
export function bootOf(home: string, kernel: string | null, random: (count: number) => Uint8Array): BootId {
  const path = join(home, "data", "boot.json");
  const held = readHeld(path);
  if (held !== null && kernel !== null && held.kernel === kernel) return held.boot;
  const boot = bytesToHex(random(8)) as BootId;
  writeDurably(path, JSON.stringify({ kernel: kernel ?? "", boot }), 0o640);
  return boot;
}

function readHeld(path: string): { kernel: string; boot: BootId } | null {
  try {
    const { kernel, boot } = JSON.parse(readFileSync(path, "utf8")) as { kernel?: unknown; boot?: unknown };
    if (typeof kernel !== "string" || typeof boot !== "string" || !/^[0-9a-f]{16}$/.test(boot)) return null;
    return { kernel, boot: boot as BootId };
  } catch {
    return null;
  }
}
