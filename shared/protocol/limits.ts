/** Every bound of the protocol, with its unit in its name. A peer that goes beyond one is refused, never trusted. */
export const PROTOCOL_MIN = 1;
export const PROTOCOL_MAX = 1;

/** A range of protocols as people read it. */
export const protocolRange = (min: number, max: number): string => (min === max ? String(min) : `${min} to ${max}`);
/** One WebSocket message as sent. */
export const FRAME_BYTES_MAX = 256 * 1024;
/** One HTTP exchange on its way up: HELLO and four full APPENDs of two logs, with room to spare. */
export const EXCHANGE_BYTES_MAX = 2 * 1024 * 1024;
export const EXCHANGE_FRAMES_MAX = 64;
/** Answers to them, and a piece of each list. */
export const EXCHANGE_ANSWERS_MAX = 1_024;
/** What an APPEND's items may be once decompressed. */
export const APPEND_BYTES_MAX = 64 * 1024;
/** A declared size beyond this is refused before anything is decompressed. */
export const DECLARED_BYTES_MAX = 256 * 1024;
export const APPEND_RECORDS_MAX = 256;
/** From this many records on an APPEND is compressed: a batch of one grows. */
export const COMPRESS_FROM_RECORDS = 10;
export const APPENDS_IN_FLIGHT_MAX = 4;
/** What central lets wait of one log: after a REWIND the edge's next four can meet the last ones of before it. */
export const APPENDS_WAITING_MAX = 2 * APPENDS_IN_FLIGHT_MAX;
/** What central grants a log that stands at `next`: records beyond it, and bytes under way. Backpressure, never rejection. */
export const CREDIT_RECORDS = APPENDS_IN_FLIGHT_MAX * APPEND_RECORDS_MAX;
export const CREDIT_BYTES = 256 * 1024;
export const LOGS_PER_HELLO_MAX = 32;
export const FEEDS_MAX = 256;
export const OPS_PER_DELTA_MAX = 500;
export const IMAGES_PER_OFFER_MAX = 64;
/** Pictures remembered as not wanted yet; beyond it all are offered once more. */
export const UNWANTED_IMAGES_MAX = 1_024;
/** A picture that central did not want twice is offered again after this. */
export const IMAGE_REOFFER_MS = 60 * 60_000;
/** After a broken PUT the next offer waits this long. */
export const IMAGE_RETRY_MS = 30_000;
export const CAMERAS_MAX = 64;
/** Devices with which a collector may exchange bundles on a local network: the nearest. */
export const NEIGHBOURS_MAX = 32;
export const ALARMS_MAX = 16;
/** A consistency proof between trees below 2^53 leaves has at most 54 hashes. */
export const PROOF_HASHES_MAX = 64;
/** However often a tree grows, an edge asks for its proof no more often. */
export const PROOF_EVERY_MS = 60_000;
export const CHECKPOINT_FIELD_BYTES_MAX = 256;
/** A configuration that central sends, as UTF-8. */
export const CONFIG_BYTES_MAX = 16 * 1024;
/** A configuration and what stands around it. */
export const COMMAND_ARGS_BYTES_MAX = CONFIG_BYTES_MAX + 256;
/** Commands that central sends to a site at once; what is over waits for the next heartbeat. Twice this fits into one exchange's answer. */
export const COMMANDS_AT_ONCE_MAX = 16;
/** A command without a result is sent again in the same session after this. */
export const COMMAND_RESEND_MS = 20_000;
export const FORK_PAIRS_MAX = 32;
export const TEXT_MAX = 1_000;
export const HEARTBEAT_MS = 60_000;
/** However often a WELCOME asks for heartbeats, they come no closer than this. */
export const HEARTBEAT_MIN_MS = 5_000;
/** However late central asks an edge to come back, it comes after this; timers overflow at 24 days. */
export const RETRY_AFTER_MAX_MS = 60 * 60_000;
/** Answer to `busy` when it names no time. */
export const BUSY_RETRY_MIN_MS = 1_000;
/** A collector that was not heard for this long is shown as silent. */
export const SILENT_AFTER_MS = 150_000;
/** Flush of the urgent log, and of every log while connected and idle. */
export const IDLE_FLUSH_MS = 250;
/** No answer to an APPEND within this: the connection is taken for dead. */
export const ANSWER_TIMEOUT_MS = 30_000;
/** The connection is taken for dead when nothing at all came for this long. */
export const LINK_TIMEOUT_MS = 2 * HEARTBEAT_MS + 10_000;
