/** Faults that hit pictures. */
import type { Sha256 } from "../../../shared/model/ids.ts";
import { randomBytesOf } from "../random-bytes.ts";
import type { SimSite } from "../site/sim-site.ts";
import type { World } from "../world.ts";

/** One picture that waits on the card is other bytes from now on. */
export function damagePicture(world: World, site: SimSite, id: number): boolean {
  const waiting = site.process?.reader.waitingImages(64) ?? [];
  if (waiting.length === 0) return false;
  const random = world.stream(`picture damage ${id}`);
  const { sha256 } = random.pick(waiting);
  world.images.damaged.add(sha256);
  return site.disk.pictures.damage(sha256, random);
}

/** Another collector PUTs bytes of its own under the name of a picture that central waits for: a piece, or all of it. */
export function meddle(world: World, id: number): boolean {
  const { central } = world;
  const random = world.stream(`meddling ${id}`);
  const sha256: Sha256 | null = central.isUp ? central.images.anyMissing(random) : null;
  if (sha256 === null) return false;
  const bytes = central.tables.expectedImages.get(sha256)!;
  const standing = central.images.standing(sha256);
  const length = random.chance(0.5) ? bytes - standing : random.whole(0, Math.max(0, bytes - standing));
  central.images.receive(sha256, standing, randomBytesOf(random)(length), random.chance(0.3), () => {});
  return true;
}
