import type { Detection, Direction } from "../model/detection.ts";
import type { BootId, CameraId, Plate, Rid } from "../model/ids.ts";
import { plateDistance } from "../plate/plate-distance.ts";

/**
 * Passes: the detections that one vehicle makes going by one camera once. Decided when a detection is appended, never regrouped.
 *
 * A detection joins the camera's newest pass whose last moment is at most 15 s away and one of whose plates lies within a weighted
 * distance of 1, or which has the identical plate, is at most 5 minutes away and is not known to go the opposite way (a parked car).
 * Moment: the camera's own time if both have it, else receipt by the monotonic clock. A new boot begins new passes: its monotonic
 * clock says nothing about the old one's. No plate: a pass of its own. A test: a pass of its own too, or a real car within 15 s of
 * the button would find its alert raised already, marked TEST. "Newest" is the pass that began last.
 */
export const SAME_PASS_MS = 15_000;
export const PARKED_MS = 5 * 60_000;
export const NEAR_PLATE_DISTANCE_MAX = 1;
/** One new vehicle a second for 5 minutes is 300; beyond, the pass that took a detection longest ago is closed. */
export const OPEN_PASSES_MAX = 512;
/** Different reads of one vehicle that are kept to compare with; beyond, the oldest but the first goes. */
export const PLATES_PER_PASS_MAX = 16;

/** What of a detection decides its pass. `monoMs`: receipt, by the monotonic clock of `boot`. */
export interface PassMoment extends Pick<Detection, "rid" | "camera" | "cameraTimeMs" | "plate" | "direction" | "test"> {
  readonly boot: BootId;
  readonly monoMs: number;
}

interface OpenPass {
  readonly pass: Rid;
  readonly plates: Plate[];
  /** Last known way; unknown until one was. */
  direction: Direction;
  lastCameraMs: number | null;
  lastMonoMs: number;
}

interface CameraPasses {
  boot: BootId;
  /** In the order in which they began. */
  readonly open: OpenPass[];
}

/** Open passes by camera. Mutable; one owner. After a transaction that was rolled back it is rebuilt. */
export interface PassState {
  readonly cameras: Map<CameraId, CameraPasses>;
}

export function emptyPassState(): PassState {
  return { cameras: new Map() };
}

/** The pass of a new detection (its own rid where it begins one), noted in the state. */
export function joinPass(state: PassState, moment: PassMoment): Rid {
  const pass = decidePass(state, moment);
  notePass(state, moment, pass);
  return pass;
}

/** The pass that the detection belongs to, changing nothing. */
export function decidePass(state: PassState, moment: PassMoment): Rid {
  const passes = state.cameras.get(moment.camera);
  const { plate } = moment;
  if (plate === null || moment.test || passes === undefined || passes.boot !== moment.boot) return moment.rid;
  return passes.open.findLast((pass) => belongs(pass, plate, moment))?.pass ?? moment.rid;
}

/** Notes a detection whose pass was decided: this one, or one read from the log at start (in log order). */
export function notePass(state: PassState, moment: PassMoment, pass: Rid): void {
  const passes = passesOfBoot(state, moment);
  if (moment.plate === null || moment.test) return;
  const known = passes.open.find((open) => open.pass === pass);
  if (known === undefined) begin(passes.open, moment, moment.plate, pass);
  else extend(known, moment, moment.plate);
}

/** A revision keeps its detection's pass; what it read is one more plate that later detections are compared with. */
export function noteRevision(state: PassState, camera: CameraId, pass: Rid, plate: Plate | null): void {
  const known = state.cameras.get(camera)?.open.find((open) => open.pass === pass);
  if (known !== undefined && plate !== null) addPlate(known.plates, plate);
}

/** The state after a restart: from detections of the log, in log order, with the passes they were given. The last 5 minutes are enough. */
export function rebuildPasses(past: Iterable<PassMoment & { readonly pass: Rid }>): PassState {
  const state = emptyPassState();
  for (const detection of past) notePass(state, detection, detection.pass);
  return state;
}

function belongs(pass: OpenPass, plate: Plate, moment: PassMoment): boolean {
  const awayMs = Math.abs(sinceLast(pass, moment));
  if (awayMs <= SAME_PASS_MS && pass.plates.some((read) => isNear(read, plate))) return true;
  return awayMs <= PARKED_MS && pass.plates.includes(plate) && !areOpposite(pass.direction, moment.direction);
}

/** ms from the pass's last moment to this one; negative when this one is older (a camera that sends late). */
function sinceLast(pass: OpenPass, moment: PassMoment): number {
  return pass.lastCameraMs !== null && moment.cameraTimeMs !== null
    ? moment.cameraTimeMs - pass.lastCameraMs
    : moment.monoMs - pass.lastMonoMs;
}

function isNear(a: Plate, b: Plate): boolean {
  return plateDistance(a, b, NEAR_PLATE_DISTANCE_MAX) <= NEAR_PLATE_DISTANCE_MAX;
}

function areOpposite(a: Direction, b: Direction): boolean {
  return a !== "unknown" && b !== "unknown" && a !== b;
}

function passesOfBoot(state: PassState, moment: PassMoment): CameraPasses {
  const known = state.cameras.get(moment.camera);
  if (known !== undefined && known.boot === moment.boot) return known;
  const fresh: CameraPasses = { boot: moment.boot, open: [] };
  state.cameras.set(moment.camera, fresh);
  return fresh;
}

function begin(open: OpenPass[], moment: PassMoment, plate: Plate, pass: Rid): void {
  if (open.length >= OPEN_PASSES_MAX) open.splice(longestQuiet(open), 1);
  open.push({
    pass,
    plates: [plate],
    direction: moment.direction,
    lastCameraMs: moment.cameraTimeMs,
    lastMonoMs: moment.monoMs,
  });
}

function extend(pass: OpenPass, moment: PassMoment, plate: Plate): void {
  addPlate(pass.plates, plate);
  if (moment.direction !== "unknown") pass.direction = moment.direction;
  // One that was sent late must not move the pass back, or the next read of the same car would stand alone.
  if (sinceLast(pass, moment) < 0) return;
  pass.lastCameraMs = moment.cameraTimeMs;
  pass.lastMonoMs = moment.monoMs;
}

function addPlate(plates: Plate[], plate: Plate): void {
  if (plates.includes(plate)) return;
  if (plates.length >= PLATES_PER_PASS_MAX) plates.splice(1, 1);
  plates.push(plate);
}

function longestQuiet(open: readonly OpenPass[]): number {
  let quietest = 0;
  for (let at = 1; at < open.length; at++) if (open[at]!.lastMonoMs < open[quietest]!.lastMonoMs) quietest = at;
  return quietest;
}
