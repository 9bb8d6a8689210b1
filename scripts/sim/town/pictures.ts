/** What cameras shoot: small pictures of real bytes. Of a message's own stream, so that what a picture shows never depends on when it is sent. */
import type { CapturedPicture } from "../../../edge/cameras/camera.ts";
import { type SeededRandom, seededRandom } from "../../demo/town/seeded-random.ts";

/** Of so many messages one shows what another does: the placeholder that a camera sends when it has no picture. */
const PLACEHOLDERS = 3;
const PLACEHOLDER_CHANCE = 0.05;
const LARGE_CHANCE = 0.15;

/** `share`: thousandths of all messages that bring pictures. */
export function picturesOf(seed: number, number: number, share: number): CapturedPicture[] {
  const random = seededRandom(`sim-${seed}/pictures of ${number}`);
  if (random.whole(1, 1_000) > share) return [];
  if (random.chance(PLACEHOLDER_CHANCE))
    return [{ role: "crop", bytes: jpegOf(seededRandom(`placeholder ${random.whole(1, PLACEHOLDERS)}`), 80) }];
  const crop: CapturedPicture = { role: "crop", bytes: jpegOf(random, random.whole(60, 300)) };
  if (random.chance(0.5)) return [crop];
  // Beyond 4 KiB a picture goes in more than one piece.
  const sceneBytes = random.chance(LARGE_CHANCE) ? random.whole(5_000, 14_000) : random.whole(300, 1_500);
  return [crop, { role: "full", bytes: jpegOf(random, sceneBytes) }];
}

const TILE_BYTES = 64;

/** A JPEG's first two bytes, then what repeats a drawn tile: no two pictures of one stream are alike. */
function jpegOf(random: SeededRandom, length: number): Uint8Array {
  const tile = Uint8Array.from({ length: TILE_BYTES }, () => random.whole(0, 255));
  const bytes = Uint8Array.from({ length }, (_, at) => tile[at % TILE_BYTES]! ^ (at >> 6));
  bytes.set([0xff, 0xd8]);
  return bytes;
}
