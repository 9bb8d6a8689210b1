import { seededRandom } from "../seeded-random.ts";
import type { Light } from "./vehicle-drawing.ts";

export const SCENE_WIDTH = 1280;
export const SCENE_HEIGHT = 720;

/** The empty street that one camera looks at, as SVG of 1280 x 720; the same camera always stands at the same street. */
export function roadSvg(camera: string, light: Light): string {
  const random = seededRandom(`road/${camera}`);
  const horizon = random.whole(150, 190);
  const vanishX = random.whole(560, 720);
  const palette = PALETTES[light];
  const houses = Array.from({ length: 11 }, (_, i) =>
    house(i * 128 - 50 + random.whole(-18, 18), horizon, random.fork(`house${i}`), light),
  ).join("");
  const trees = Array.from({ length: 9 }, (_, i) =>
    tree(i * 165 - 20 + random.whole(-50, 50), horizon, random.fork(`tree${i}`), palette.leaf),
  ).join("");
  const patches = Array.from({ length: 60 }, () => patch(random, horizon)).join("");
  const cracks = Array.from({ length: 9 }, () => crack(random)).join("");
  const near = (x: number): string => `${x} ${SCENE_HEIGHT}`;
  const far = (x: number): string => `${vanishX + x} ${horizon + 28}`;
  const lane = (bottom: number, top: number): string => `M${near(bottom)}L${far(top)}`;
  return [
    `<defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${palette.sky[0]}"/><stop offset="1" stop-color="${palette.sky[1]}"/></linearGradient>`,
    `<linearGradient id="road" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${palette.road[0]}"/><stop offset="1" stop-color="${palette.road[1]}"/></linearGradient></defs>`,
    `<rect width="1280" height="${horizon + 40}" fill="url(#sky)"/>${houses}${trees}`,
    `<rect y="${horizon + 20}" width="1280" height="${SCENE_HEIGHT - horizon}" fill="${palette.grass}"/>${patches}`,
    `<path d="M${near(-230)}L${far(-66)}L${far(66)}L${near(1510)}Z" fill="${palette.curb}"/>`,
    `<path d="M${near(-120)}L${far(-52)}L${far(52)}L${near(1400)}Z" fill="url(#road)"/>${cracks}`,
    `<path d="${lane(-50, -48)}${lane(1330, 48)}" stroke="${palette.paint}" stroke-opacity="0.75" stroke-width="7"/>`,
    `<path d="${lane(232, -18)}" stroke="#d9a520" stroke-opacity="0.8" stroke-width="8"/><path d="${lane(262, -16)}" stroke="#d9a520" stroke-opacity="0.8" stroke-width="8"/>`,
    `<path d="${lane(1010, 20)}" stroke="${palette.paint}" stroke-opacity="0.7" stroke-width="8" stroke-dasharray="70 60"/>`,
    `<path d="M196 676L1130 676L1122 652L208 652Z" fill="${palette.paint}" fill-opacity="0.6"/>`,
    lamp(random.chance(0.5) ? 118 : 1166, horizon, light),
    light === "night"
      ? `<rect width="1280" height="720" fill="#02040a" fill-opacity="0.45"/><radialGradient id="pool"><stop offset="0" stop-color="#ffe9b8" stop-opacity="0.3"/><stop offset="1" stop-color="#ffe9b8" stop-opacity="0"/></radialGradient><ellipse cx="640" cy="600" rx="620" ry="270" fill="url(#pool)"/>`
      : "",
  ].join("");
}

interface Palette {
  readonly sky: readonly [string, string];
  readonly road: readonly [string, string];
  readonly grass: string;
  readonly curb: string;
  readonly leaf: readonly [string, string];
  readonly paint: string;
}

const PALETTES: Readonly<Record<Light, Palette>> = {
  day: {
    sky: ["#8db4d6", "#dce8ee"],
    road: ["#7d8186", "#56595d"],
    grass: "#6f8156",
    curb: "#a7a79f",
    leaf: ["#4f6a3b", "#3c5430"],
    paint: "#f0f0ea",
  },
  dusk: {
    sky: ["#3c4a74", "#e2946a"],
    road: ["#5f575c", "#3b373c"],
    grass: "#4a4b3c",
    curb: "#776c68",
    leaf: ["#373b30", "#282b24"],
    paint: "#d8c9bb",
  },
  night: {
    sky: ["#04060d", "#10162a"],
    road: ["#2a2c31", "#1d1e22"],
    grass: "#15190f",
    curb: "#33343a",
    leaf: ["#0f140e", "#0a0e09"],
    paint: "#9a9a96",
  },
};

function house(x: number, horizon: number, random: ReturnType<typeof seededRandom>, light: Light): string {
  const tint = light === "day" ? 1 : light === "dusk" ? 0.55 : 0.16;
  const [r, g, b] = random.pick([
    [186, 160, 138],
    [150, 88, 70],
    [200, 198, 190],
    [120, 128, 136],
    [170, 152, 110],
  ] as const);
  const width = random.whole(84, 128);
  const height = random.whole(52, 116);
  const top = horizon + 26 - height;
  const wall = `rgb(${Math.round(r * tint)},${Math.round(g * tint)},${Math.round(b * tint)})`;
  const roof = `rgb(${Math.round(78 * tint)},${Math.round(70 * tint)},${Math.round(68 * tint)})`;
  const windows: string[] = [];
  for (let row = 0; row < Math.floor(height / 34); row++) {
    for (let column = 0; column < 4; column++) {
      const lit = light !== "day" && random.chance(0.4);
      windows.push(
        `<rect x="${x + 9 + column * (width / 4.2)}" y="${top + 12 + row * 32}" width="${width / 7}" height="17" fill="${lit ? "#ffd98a" : light === "day" ? "#4c5d6b" : "#12161d"}"/>`,
      );
    }
  }
  const gable = random.chance(0.6)
    ? `<path d="M${x - 6} ${top}L${x + width / 2} ${top - random.whole(16, 34)}L${x + width + 6} ${top}Z" fill="${roof}"/>`
    : `<rect x="${x - 3}" y="${top - 6}" width="${width + 6}" height="8" fill="${roof}"/>`;
  return `<rect x="${x}" y="${top}" width="${width}" height="${height}" fill="${wall}"/>${gable}${windows.join("")}`;
}

function tree(x: number, horizon: number, random: ReturnType<typeof seededRandom>, leaf: readonly [string, string]): string {
  const crown = Array.from(
    { length: 16 },
    () =>
      `<circle cx="${x + random.whole(-34, 34)}" cy="${horizon - 34 + random.whole(-40, 26)}" r="${random.whole(9, 21)}" fill="${random.pick(leaf)}"/>`,
  ).join("");
  return `<rect x="${x - 4}" y="${horizon - 34}" width="8" height="66" fill="#3a2f26"/>${crown}`;
}

function patch(random: ReturnType<typeof seededRandom>, horizon: number): string {
  const y = random.whole(horizon + 34, 716);
  const side = random.chance(0.5) ? random.whole(-20, 330) : random.whole(950, 1300);
  return `<ellipse cx="${side}" cy="${y}" rx="${random.whole(12, 70)}" ry="${random.whole(3, 10)}" fill="${random.chance(0.5) ? "#000" : "#fff"}" fill-opacity="${random.chance(0.5) ? 0.08 : 0.05}"/>`;
}

function crack(random: ReturnType<typeof seededRandom>): string {
  let x = random.whole(120, 1180);
  let y = random.whole(420, 690);
  let path = `M${x} ${y}`;
  for (let i = 0; i < 7; i++) {
    x += random.whole(-46, 46);
    y += random.whole(-12, 20);
    path += `L${x} ${y}`;
  }
  return `<path d="${path}" fill="none" stroke="#000" stroke-opacity="0.26" stroke-width="2"/>`;
}

function lamp(x: number, horizon: number, light: Light): string {
  const reach = x < 640 ? 88 : -88;
  const glow =
    light === "day"
      ? ""
      : `<radialGradient id="lamp"><stop offset="0" stop-color="#ffe6ab" stop-opacity="0.9"/><stop offset="1" stop-color="#ffe6ab" stop-opacity="0"/></radialGradient><circle cx="${x + reach}" cy="46" r="78" fill="url(#lamp)"/>`;
  return `<path d="M${x} ${horizon + 250}L${x} 52Q${x} 34 ${x + reach * 0.4} 36L${x + reach} 42" fill="none" stroke="#33373c" stroke-width="8"/><rect x="${x + reach - 18}" y="38" width="36" height="9" rx="4" fill="${light === "day" ? "#c8ccd0" : "#fff3cf"}"/>${glow}`;
}
