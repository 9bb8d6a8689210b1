/** Bare pixels: blending and grain by hand, because a detection's picture must cost milliseconds, not a new drawing. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
  readonly data: Buffer;
}

/** Blends an RGBA sprite over an RGB picture with its top left corner at (x, y); what lies outside is cut off. */
export function blend(target: Raster, sprite: Raster, x: number, y: number, gain = 1): void {
  const fromY = Math.max(0, -y);
  const toY = Math.min(sprite.height, target.height - y);
  const fromX = Math.max(0, -x);
  const toX = Math.min(sprite.width, target.width - x);
  for (let row = fromY; row < toY; row++) {
    let from = (row * sprite.width + fromX) * 4;
    let to = ((row + y) * target.width + fromX + x) * 3;
    for (let column = fromX; column < toX; column++, from += 4, to += 3) {
      const alpha = sprite.data[from + 3]!;
      if (alpha === 0) continue;
      for (let c = 0; c < 3; c++) {
        const over = Math.min(255, sprite.data[from + c]! * gain);
        const under = target.data[to + c]!;
        target.data[to + c] = under + ((over - under) * alpha) / 255;
      }
    }
  }
}

const GRAIN_LENGTH = 1 << 16;
const grain = makeGrain();

/** Sensor noise of a given strength (about the standard deviation in levels), shifted by `offset` so that no two shots are alike. */
export function addGrain(target: Raster, strength: number, offset: number): void {
  let at = offset % GRAIN_LENGTH;
  const { data } = target;
  for (let i = 0; i < data.length; i += 3) {
    const noise = grain[at]! * strength;
    at = (at + 1 + (i & 1)) & (GRAIN_LENGTH - 1);
    data[i] = clamp(data[i]! + noise);
    data[i + 1] = clamp(data[i + 1]! + noise);
    data[i + 2] = clamp(data[i + 2]! + noise);
  }
}

/** A rectangle cut out of an RGB picture. */
export function cut(source: Raster, x: number, y: number, width: number, height: number): Raster {
  const data = Buffer.allocUnsafe(width * height * 3);
  for (let row = 0; row < height; row++) {
    const from = ((row + y) * source.width + x) * 3;
    source.data.copy(data, row * width * 3, from, from + width * 3);
  }
  return { width, height, channels: 3, data };
}

function clamp(value: number): number {
  return value < 0 ? 0 : Math.min(value, 255);
}

function makeGrain(): Float32Array {
  const values = new Float32Array(GRAIN_LENGTH);
  let state = 0x2545f491;
  const uniform = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < GRAIN_LENGTH; i++) values[i] = (uniform() + uniform() + uniform() - 1.5) * 2;
  return values;
}
