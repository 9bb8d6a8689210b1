/**
 * The two pictures of one detection, as a camera would make them: a plate crop of 10-30 KB and a full scene of 50-80 KB,
 * JPEG, with the true plate in them (a misread is the camera's error, not the picture's). Street, vehicle and crop are
 * drawn once and kept; a shot only blends them, burns in the clock, adds grain and encodes: about 20 ms on one core.
 */
import sharp from "sharp";
import { seededRandom } from "../seeded-random.ts";
import { addGrain, blend, cut, type Raster } from "./raster.ts";
import { roadSvg, SCENE_HEIGHT, SCENE_WIDTH } from "./road-drawing.ts";
import { textPath, textWidth } from "./stroke-font.ts";
import { type Light, plateBox, type Side, VEHICLE_BOX, type VehicleLook, vehicleSvg } from "./vehicle-drawing.ts";

export const CROP_BYTES = { min: 10_000, max: 30_000 } as const;
export const SCENE_BYTES = { min: 50_000, max: 80_000 } as const;
const CROP_WIDTH = 420;
const CROP_HEIGHT = 210;
const CROP_MARGIN = 12;
const ROADS_KEPT_MAX = 8;
const VEHICLES_KEPT_MAX = 32;
const CROPS_KEPT_MAX = 64;
const ENCODE_TRIES_MAX = 6;

// One core is what the town may take; its own stores keep what is worth keeping.
sharp.concurrency(1);
sharp.cache(false);

export interface Shot {
  readonly camera: string;
  readonly vehicle: VehicleLook;
  readonly side: Side;
  readonly light: Light;
  /** Burnt in at the top left, as the camera's own clock says it. */
  readonly clockText: string;
  /** Makes grain and position; the same shot with the same seed gives the same bytes. */
  readonly seed: string;
  /** Whether the camera also cuts the vehicle out of the scene. */
  readonly withVehicle: boolean;
}

/** Rectangles on the scene in thousandths of its width and height, as the camera reports them. */
export interface PermilleRect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlatePictures {
  readonly crop: Buffer;
  readonly scene: Buffer;
  /** The vehicle cut out of the scene; some cameras send it when there is no plate. */
  readonly vehicle: Buffer | null;
  readonly plateRect: PermilleRect;
  readonly vehicleRect: PermilleRect;
}

export interface PictureRenderer {
  render(shot: Shot): Promise<PlatePictures>;
}

/** Opens a renderer with its own bounded stores of drawings. */
export function openPictureRenderer(): PictureRenderer {
  const roads = boundedStore<Raster>(ROADS_KEPT_MAX);
  const vehicles = boundedStore<Raster>(VEHICLES_KEPT_MAX);
  const crops = boundedStore<Raster>(CROPS_KEPT_MAX);
  const overlays = boundedStore<Raster>(2);
  const qualities = new Map<string, number>();
  return {
    async render(shot) {
      const look = JSON.stringify([shot.vehicle, shot.side, shot.light]);
      const road = await roads(`${shot.camera}/${shot.light}`, () =>
        draw(roadSvg(shot.camera, shot.light), SCENE_WIDTH, SCENE_HEIGHT, 0.7),
      );
      const sprite = await vehicles(look, () => drawVehicle(shot));
      const base = await crops(`${look}/${shot.camera}`, () => drawCrop(shot));
      const overlay = await overlays(`${shot.camera}/${shot.clockText}`, () => drawOverlay(shot));
      const random = seededRandom(`shot/${shot.seed}`);
      const scene: Raster = { ...road, data: Buffer.from(road.data) };
      const x = random.whole(330, 420);
      const y = SCENE_HEIGHT - sprite.height - random.whole(22, 66);
      blend(scene, sprite, x, y);
      addGrain(scene, GRAIN[shot.light], random.whole(0, 65_535));
      const vehicle = shot.withVehicle ? cut(scene, x, y, sprite.width, sprite.height) : null;
      blend(scene, overlay, 0, 0);
      const crop = cut(base, random.whole(0, CROP_MARGIN * 2), random.whole(0, CROP_MARGIN * 2), CROP_WIDTH, CROP_HEIGHT);
      addGrain(crop, GRAIN[shot.light] * 1.2, random.whole(0, 65_535));
      const plate = leaningBox(plateBox(shot.vehicle.type, shot.side), leanOf(shot.camera));
      const scale = sprite.width / VEHICLE_BOX.width;
      return {
        scene: await encodeWithin(scene, SCENE_BYTES, qualities, `scene/${shot.light}/${shot.camera}`),
        crop: await encodeWithin(crop, CROP_BYTES, qualities, `crop/${shot.light}/${shot.camera}`),
        vehicle: vehicle === null ? null : await encodeWithin(vehicle, CROP_BYTES, qualities, `vehicle/${shot.light}/${shot.camera}`),
        plateRect: permille(x + plate.x * scale, y + plate.y * scale, plate.width * scale, plate.height * scale),
        vehicleRect: permille(x, y, sprite.width, sprite.height),
      };
    },
  };
}

const GRAIN: Readonly<Record<Light, number>> = { day: 3.2, dusk: 4.4, night: 5.5 };
const SPRITE_WIDTH = 600;
/** A leaning vehicle still fits its sprite at this size. */
const SPRITE_FILL = 0.95;

async function drawVehicle(shot: Shot): Promise<Raster> {
  const height = Math.round((SPRITE_WIDTH * VEHICLE_BOX.height) / VEHICLE_BOX.width);
  const lean = leanOf(shot.camera);
  const svg = `<g transform="translate(240 180) matrix(1 ${lean.skew} ${lean.slant} 1 0 0) scale(${SPRITE_FILL}) translate(-240 -180)">${vehicleSvg(shot.vehicle, shot.side, shot.light)}</g>`;
  return draw(svg, SPRITE_WIDTH, height, 0.6, `0 0 ${VEHICLE_BOX.width} ${VEHICLE_BOX.height}`, "transparent");
}

/** The crop is the same drawing seen closer: a real camera cuts it from a frame far larger than the scene it sends. */
async function drawCrop(shot: Shot): Promise<Raster> {
  const plate = plateBox(shot.vehicle.type, shot.side);
  const lean = leanOf(shot.camera);
  const width = plate.width * 1.5;
  const height = (width * (CROP_HEIGHT + CROP_MARGIN * 2)) / (CROP_WIDTH + CROP_MARGIN * 2);
  const middleX = plate.x + plate.width / 2;
  const middleY = plate.y + plate.height / 2;
  const svg = `<g transform="translate(${middleX} ${middleY}) matrix(1 ${lean.skew * 1.4} ${lean.slant * 1.4} 1 0 0) translate(${-middleX} ${-middleY})">${vehicleSvg(shot.vehicle, shot.side, shot.light)}</g>`;
  const view = `${middleX - width / 2} ${middleY - height / 2} ${width} ${height}`;
  return draw(svg, CROP_WIDTH + CROP_MARGIN * 2, CROP_HEIGHT + CROP_MARGIN * 2, 1.1, view);
}

/** Where a box of the straight drawing comes to lie in the sprite: the smallest upright rectangle around it. */
function leaningBox(box: PermilleRect, lean: { skew: number; slant: number }): PermilleRect {
  const middle = { x: VEHICLE_BOX.width / 2, y: VEHICLE_BOX.height / 2 };
  const corners = [box.x, box.x + box.width].flatMap((x) =>
    [box.y, box.y + box.height].map((y) => ({ x: (x - middle.x) * SPRITE_FILL, y: (y - middle.y) * SPRITE_FILL })),
  );
  const xs = corners.map(({ x, y }) => middle.x + x + lean.slant * y);
  const ys = corners.map(({ x, y }) => middle.y + lean.skew * x + y);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  return { x: left, y: top, width: Math.max(...xs) - left, height: Math.max(...ys) - top };
}

/** Every camera hangs a little askew in its own way. */
function leanOf(camera: string): { skew: number; slant: number } {
  const random = seededRandom(`lean/${camera}`);
  return { skew: random.between(-0.06, 0.06), slant: random.between(-0.08, 0.08) };
}

function drawOverlay(shot: Shot): Promise<Raster> {
  const clock = { height: 22, aspect: 0.6, gap: 0.26 };
  const line = (text: string, x: number, y: number): string => {
    const path = textPath(text, { ...clock, x, y });
    return `<g fill="none" stroke-linejoin="round" stroke-linecap="round"><path d="${path}" stroke="#000" stroke-opacity="0.75" stroke-width="6"/><path d="${path}" stroke="#fff" stroke-width="2.6"/></g>`;
  };
  const name = shot.camera.slice(0, 40);
  return draw(
    line(shot.clockText, 30, 26) + line(name, SCENE_WIDTH - 30 - textWidth(name, clock), SCENE_HEIGHT - 48),
    SCENE_WIDTH,
    SCENE_HEIGHT,
    0,
    undefined,
    "transparent",
  );
}

async function draw(
  svg: string,
  width: number,
  height: number,
  blur: number,
  view = `0 0 ${width} ${height}`,
  ground: "opaque" | "transparent" = "opaque",
): Promise<Raster> {
  const source = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="${view}">${svg}</svg>`;
  let picture = sharp(Buffer.from(source));
  if (blur >= 0.3) picture = picture.blur(blur);
  picture = ground === "opaque" ? picture.flatten({ background: "#202225" }).removeAlpha() : picture.ensureAlpha();
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: info.channels as 3 | 4, data };
}

/** Encodes within a size window; the quality that served last is tried first, so one try is the rule. */
async function encodeWithin(
  picture: Raster,
  bytes: { min: number; max: number },
  qualities: Map<string, number>,
  key: string,
): Promise<Buffer> {
  let quality = qualities.get(key) ?? 76;
  let jpeg = Buffer.alloc(0);
  for (let i = 0; i < ENCODE_TRIES_MAX; i++) {
    jpeg = await sharp(picture.data, { raw: { width: picture.width, height: picture.height, channels: 3 } })
      .jpeg({ quality, chromaSubsampling: "4:2:0" })
      .toBuffer();
    if (jpeg.length >= bytes.min && jpeg.length <= bytes.max) break;
    const middle = (bytes.min + bytes.max) / 2;
    const step = Math.max(2, Math.min(14, Math.round(Math.abs(Math.log(jpeg.length / middle)) * 18)));
    quality = Math.max(12, Math.min(97, quality + (jpeg.length < bytes.min ? step : -step)));
    qualities.set(key, quality);
  }
  return jpeg;
}

function permille(x: number, y: number, width: number, height: number): PermilleRect {
  return {
    x: Math.round((x / SCENE_WIDTH) * 1000),
    y: Math.round((y / SCENE_HEIGHT) * 1000),
    width: Math.round((width / SCENE_WIDTH) * 1000),
    height: Math.round((height / SCENE_HEIGHT) * 1000),
  };
}

/** A store that forgets its oldest drawing; a drawing asked for twice at once is drawn once. */
function boundedStore<T>(max: number): (key: string, make: () => Promise<T>) => Promise<T> {
  const kept = new Map<string, Promise<T>>();
  return (key, make) => {
    const known = kept.get(key);
    if (known !== undefined) {
      kept.delete(key);
      kept.set(key, known);
      return known;
    }
    const made = make();
    kept.set(key, made);
    made.catch(() => kept.delete(key));
    if (kept.size > max) kept.delete(kept.keys().next().value!);
    return made;
  };
}
