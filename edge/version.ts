/** This release, as heartbeats and the site's page tell it. */
export const EDGE_VERSION = "0.1.0";

/** The present cannot lie before this release was made: a clock that says so is wrong. ms UTC. */
export const RELEASED_MS = Date.UTC(2026, 10, 1);
