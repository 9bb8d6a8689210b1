/** Words for loading, emptiness and failure that every page shares. */
export const STATES = {
  unreachable: "No connection",
  failed: "This could not be loaded",
  refused: "This was not done",
  retry: "Try again",
  stale: "What you see may be old.",
  cancel: "Cancel",
  close: "Close",
  save: "Save",
  undo: "Undo",
  saving: "Saving…",
} as const;
