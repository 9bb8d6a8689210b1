/** What nothing in our code reaches and is right to stay, each with its reason: `path` or `path#name`. */
export const ALLOWED_UNUSED: Readonly<Record<string, string>> = {};

/** Packages that no import names, each with the reason why it is installed. */
export const ALLOWED_PACKAGES: Readonly<Record<string, string>> = {
  tsx: "runs the sources: every npm script names it",
  typescript: "npm run check",
  "libsodium-wrappers": "types and builds of the wasm that the sumo build shares",
};
