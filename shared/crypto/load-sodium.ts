import sodium from "libsodium-wrappers";

let ready = false;

/** Loads the WebAssembly once; every program calls it before anything is signed, sealed or verified. */
export async function loadSodium(): Promise<void> {
  await sodium.ready;
  ready = true;
}

/** The loaded library. Throws when `loadSodium` was not awaited: a bug in the program's start, not something a user can cause. */
export function loadedSodium(): typeof sodium {
  if (!ready) throw new Error("loadSodium() must be awaited at start");
  return sodium;
}
