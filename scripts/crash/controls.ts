/**
 * Two edges that must fail: the built program with one line of its text changed, never a switch in production. A crash test that passes
 * them would prove nothing.
 */
import type { ProgramPatch } from "./crash-edge.ts";

/** The store commits without waiting for the disk: a power cut takes answered messages. */
export const SYNCHRONOUS_NORMAL: ProgramPatch = {
  name: "synchronous-normal",
  replace: [
    { from: 'db.pragma("synchronous = full")', to: 'db.pragma("synchronous = normal")' },
    { from: 'db.pragma("synchronous", { simple: true }) !== 2', to: 'db.pragma("synchronous", { simple: true }) !== 1' },
  ],
};

/** Pictures are not synced before the row that names them. */
export const PICTURES_UNSYNCED: ProgramPatch = {
  name: "pictures-unsynced",
  replace: [{ from: "picture.sync()", to: "Promise.resolve()" }],
};

/** A repeat is not recognised: what a camera sends again after a crash stands in the log twice. */
export const NO_SOURCE_KEY: ProgramPatch = {
  name: "no-source-key",
  replace: [
    { from: "if (repeated !== void 0) return", to: "if (false) return" },
    { from: "draft.eventKey === null ? void 0 :", to: "true ? void 0 :" },
  ],
};
