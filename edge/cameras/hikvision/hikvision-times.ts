import { LOGIN_BACK_OFF_MS } from "../camera-login.ts";
import { PICTURE_WAITS, type PictureWaits } from "./alert-assembler.ts";

/** Every duration of the adapter, in one place so that a test can shorten them. */
export interface HikvisionTimes {
  /** A stream without a byte for so long is dead: heartbeats come every ten seconds. */
  readonly silentMs: number;
  readonly reconnectMinMs: number;
  readonly reconnectMaxMs: number;
  /** After a refused login. */
  readonly loginBackOffMs: number;
  /** After "your account may not do this": nothing locks, a person has to change the camera. */
  readonly forbiddenBackOffMs: number;
  readonly requestMs: number;
  readonly pictureRequestMs: number;
  readonly pollMs: number;
  /** A row's picture; the row waits for it. */
  readonly pollPictureMs: number;
  /** Between looks at the camera's clock. */
  readonly clockCheckMs: number;
  /** Push mode: between looks whether the camera is still there. */
  readonly presenceCheckMs: number;
  /** A push body as a whole. */
  readonly pushBodyMs: number;
  readonly pictures: PictureWaits;
}

export const HIKVISION_TIMES: HikvisionTimes = {
  silentMs: 40_000,
  reconnectMinMs: 2000,
  reconnectMaxMs: 30_000,
  loginBackOffMs: LOGIN_BACK_OFF_MS,
  forbiddenBackOffMs: 5 * 60_000,
  requestMs: 10_000,
  pictureRequestMs: 5000,
  pollMs: 3000,
  pollPictureMs: 2000,
  clockCheckMs: 10 * 60_000,
  presenceCheckMs: 60_000,
  pushBodyMs: 10_000,
  pictures: PICTURE_WAITS,
};
