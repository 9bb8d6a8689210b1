/** What nothing in our code reaches and is right to stay, each with its reason: `path` or `path#name`. */
export const ALLOWED_UNUSED: Readonly<Record<string, string>> = {
  "shared/log/payloads/site-payloads.ts#encodeMissingRange":
    "kinds gap and pruned: their bytes are fixed with the other kinds', recovery writes them",
  "shared/log/payloads/site-payloads.ts#decodeMissingRange": "reader of gap and pruned: every released kind has one",
  "shared/protocol/signed-bytes.ts#ackSignedBytes": "bytes of a carrier's receipt, fixed with the frame that carries the signature",
  "shared/protocol/signed-bytes.ts#commandSignedBytes": "bytes of COMMAND's signature, fixed with the frame",
  "shared/log/merkle.ts#inclusionRanges":
    "RFC 6962 2.1.1: which nodes prove one checkpoint; held to the reference vectors, evidence carries it",
  "shared/log/merkle-verify.ts#verifyInclusion": "its verification, with which the tests check central's stored tree leaf by leaf",
  "shared/flow/bounded-queue.ts": "the one queue with a name, a bound and a stated fate; carriers and admission slots take it",
  "shared/flow/credits.ts#countWithinCredit":
    "the rule of credit by sizes; the edge cuts by bytes under way and is tested against the same credits",
  "shared/crdt/snapshot-bytes.ts#encodeSnapshot": "oracle of the tests: a list as a snapshot; central joins rows that it has stored",
  "shared/crdt/list-checksum.ts#checksumOf": "oracle of the tests: the checksum from nothing, against the one kept up op by op",
  "shared/crdt/list-state.ts#entriesOf": "oracle of the tests: a list as people see it",
  "shared/plate/confusable-glyphs.ts#confusion": "oracle of the tests: how two characters are confused",
  "scripts/demo/world.ts#restartCentral": "the kill -9 test starts central again",
  "scripts/demo/world.ts#restartEdge": "the kill -9 test starts the edge again",
  "shared/crdt/overlay.ts#newReplica": "a replica before its first snapshot: what the laws of the overlay begin with",
  "edge/cameras/hikvision/isapi-answers.ts#parseDeviceInfo":
    "reads deviceInfo for the camera set-up of the appliance; held to the vendor's message by its test",
  "scripts/demo/neighbours/announce.ts": "the multicast test starts it on each of its hosts",
  "scripts/demo/town/probe-camera.ts": "the independent ISAPI client that the town's tests ask their cameras with",
};

/** Packages that no import names, each with the reason why it is installed. */
export const ALLOWED_PACKAGES: Readonly<Record<string, string>> = {
  tsx: "runs the sources: every npm script names it",
  typescript: "npm run check",
};
