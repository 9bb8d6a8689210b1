import { PLATE_HEIGHT, PLATE_WIDTH, type PlateStyle, plateSvg } from "./plate-drawing.ts";

/** Body shapes the town knows, in the camera vendor's own words. */
export type VehicleType = "saloon" | "SUVMPV" | "pickupTruck" | "van";
export type VehicleColor = "white" | "silver" | "gray" | "black" | "red" | "deepBlue" | "green" | "brown";
export type Light = "day" | "dusk" | "night";
export type Side = "front" | "rear";

export const VEHICLE_TYPES: readonly VehicleType[] = ["saloon", "SUVMPV", "pickupTruck", "van"];
export const VEHICLE_COLORS: readonly VehicleColor[] = ["white", "silver", "gray", "black", "red", "deepBlue", "green", "brown"];

export interface VehicleLook {
  readonly type: VehicleType;
  readonly color: VehicleColor;
  readonly plate: string | null;
  readonly style: PlateStyle;
}

/** The drawing's box: every vehicle stands with its tyres on y = 330, centred on x = 240. */
export const VEHICLE_BOX = { width: 480, height: 360 } as const;

const PAINT: Readonly<Record<VehicleColor, readonly [light: string, body: string, dark: string]>> = {
  white: ["#ffffff", "#e4e6e8", "#b4b9be"],
  silver: ["#e3e7ea", "#b5bbc1", "#80878e"],
  gray: ["#9aa0a6", "#6d7379", "#44494e"],
  black: ["#565b61", "#24272a", "#101214"],
  red: ["#d9534a", "#a3221d", "#64100e"],
  deepBlue: ["#4f74b8", "#1f3f7d", "#10224a"],
  green: ["#5b8a6b", "#2d5a3f", "#173322"],
  brown: ["#9b7a5c", "#6a4b33", "#3d2a1c"],
};

interface Shape {
  /** Half widths and heights of the silhouette, in drawing units. */
  readonly roofY: number;
  readonly roofHalf: number;
  readonly beltY: number;
  readonly beltHalf: number;
  readonly bodyHalf: number;
  readonly bodyBottom: number;
  readonly plateY: Readonly<Record<Side, number>>;
}

const SHAPES: Readonly<Record<VehicleType, Shape>> = {
  saloon: { roofY: 84, roofHalf: 106, beltY: 166, beltHalf: 158, bodyHalf: 178, bodyBottom: 298, plateY: { front: 248, rear: 206 } },
  SUVMPV: { roofY: 40, roofHalf: 128, beltY: 146, beltHalf: 166, bodyHalf: 182, bodyBottom: 292, plateY: { front: 240, rear: 196 } },
  pickupTruck: { roofY: 46, roofHalf: 118, beltY: 138, beltHalf: 166, bodyHalf: 190, bodyBottom: 288, plateY: { front: 242, rear: 232 } },
  van: { roofY: 14, roofHalf: 142, beltY: 150, beltHalf: 172, bodyHalf: 180, bodyBottom: 296, plateY: { front: 246, rear: 218 } },
};

const CENTRE = 240;
const PLATE_SCALE = 0.74;

/** Where the plate sits in the vehicle's box: x, y, width, height in drawing units. */
export function plateBox(type: VehicleType, side: Side): { x: number; y: number; width: number; height: number } {
  const width = PLATE_WIDTH * PLATE_SCALE;
  return { x: CENTRE - width / 2, y: SHAPES[type].plateY[side], width, height: PLATE_HEIGHT * PLATE_SCALE };
}

/** One vehicle seen from the front or from behind, plate included, as SVG in VEHICLE_BOX. */
export function vehicleSvg(look: VehicleLook, side: Side, light: Light): string {
  const shape = SHAPES[look.type];
  const [bright, body, dark] = PAINT[look.color];
  const box = plateBox(look.type, side);
  return [
    `<defs><linearGradient id="paint" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${bright}"/><stop offset="0.35" stop-color="${body}"/><stop offset="1" stop-color="${dark}"/></linearGradient>`,
    `<linearGradient id="sides" x1="0" y1="0" x2="1" y2="0"><stop offset="0" stop-color="#000" stop-opacity="0.5"/><stop offset="0.16" stop-color="#000" stop-opacity="0"/><stop offset="0.8" stop-color="#fff" stop-opacity="0.04"/><stop offset="1" stop-color="#000" stop-opacity="0.55"/></linearGradient>`,
    `<linearGradient id="glass" x1="0" y1="0" x2="0.3" y2="1"><stop offset="0" stop-color="#8fa6b8"/><stop offset="0.45" stop-color="#33414d"/><stop offset="1" stop-color="#141a20"/></linearGradient></defs>`,
    dim(light),
    tyres(shape),
    cabin(shape, look.type, side),
    lowerBody(shape),
    side === "front" ? frontFace(shape, look.type) : rearFace(shape, look.type),
    "</g>",
    lamps(shape, look.type, side, light),
    `<rect x="${box.x - 9}" y="${box.y - 7}" width="${box.width + 18}" height="${box.height + 14}" rx="6" fill="#000" fill-opacity="0.42"/>`,
    `<g transform="translate(${box.x} ${box.y}) scale(${PLATE_SCALE})">${plateSvg(look.plate, look.style)}${plateShade(light, side)}</g>`,
  ].join("");
}

function tyres(shape: Shape): string {
  const y = shape.bodyBottom - 40;
  const tyre = (x: number): string =>
    `<rect x="${x}" y="${y}" width="52" height="${334 - y}" rx="11" fill="#131416"/><rect x="${x + 5}" y="${y + 8}" width="42" height="${318 - y}" rx="8" fill="#1e2022"/>`;
  return `<ellipse cx="${CENTRE}" cy="328" rx="218" ry="22" fill="#000" fill-opacity="0.55"/>${tyre(CENTRE - shape.bodyHalf + 10)}${tyre(CENTRE + shape.bodyHalf - 62)}<rect x="${CENTRE - shape.bodyHalf + 40}" y="${y + 20}" width="${shape.bodyHalf * 2 - 80}" height="44" fill="#0b0c0d"/>`;
}

function cabin(shape: Shape, type: VehicleType, side: Side): string {
  const { roofY, roofHalf, beltY, beltHalf } = shape;
  const curve = (dx: number, top: number, bottom: number): string =>
    `M${CENTRE - beltHalf + dx * 1.3} ${bottom}Q${CENTRE - roofHalf - 12 + dx} ${top + 18} ${CENTRE - roofHalf + 18 + dx} ${top}` +
    `Q${CENTRE} ${top - 9} ${CENTRE + roofHalf - 18 - dx} ${top}Q${CENTRE + roofHalf + 12 - dx} ${top + 18} ${CENTRE + beltHalf - dx * 1.3} ${bottom}Z`;
  const glassBottom = type === "van" && side === "rear" ? beltY - 18 : beltY - 4;
  const split =
    type === "van" && side === "rear"
      ? `<path d="M${CENTRE} ${roofY + 4}L${CENTRE} ${shape.bodyBottom - 40}" stroke="#000" stroke-opacity="0.5" stroke-width="3"/>`
      : "";
  const mirrors =
    side === "front"
      ? [-1, 1]
          .map(
            (s) =>
              `<rect x="${CENTRE + s * (beltHalf + 14) - 17}" y="${beltY - 22}" width="34" height="23" rx="8" fill="url(#paint)" stroke="#000" stroke-opacity="0.4"/>`,
          )
          .join("")
      : "";
  const people =
    side === "front"
      ? `<g fill="#0a0d10" fill-opacity="0.75"><ellipse cx="${CENTRE + 56}" cy="${beltY - 34}" rx="17" ry="21"/><path d="M${CENTRE + 22} ${beltY - 4}Q${CENTRE + 56} ${beltY - 38} ${CENTRE + 90} ${beltY - 4}Z"/></g>`
      : "";
  const shine = `<path d="M${CENTRE - beltHalf + 48} ${glassBottom}L${CENTRE - 40} ${roofY + 16}L${CENTRE - 4} ${roofY + 16}L${CENTRE - beltHalf + 98} ${glassBottom}Z" fill="#fff" fill-opacity="0.12"/>`;
  return `<path d="${curve(0, roofY, beltY + 30)}" fill="url(#paint)"/><path d="${curve(0, roofY, beltY + 30)}" fill="url(#sides)"/><path d="${curve(19, roofY + 15, glassBottom)}" fill="url(#glass)" stroke="#0b0d0f" stroke-width="3"/>${people}${shine}${split}${mirrors}`;
}

function lowerBody(shape: Shape): string {
  const { beltY, beltHalf, bodyHalf, bodyBottom } = shape;
  const d =
    `M${CENTRE - beltHalf} ${beltY}Q${CENTRE} ${beltY - 13} ${CENTRE + beltHalf} ${beltY}Q${CENTRE + bodyHalf} ${beltY + 18} ${CENTRE + bodyHalf} ${beltY + 58}` +
    `L${CENTRE + bodyHalf} ${bodyBottom - 26}Q${CENTRE + bodyHalf - 2} ${bodyBottom} ${CENTRE + bodyHalf - 30} ${bodyBottom}L${CENTRE - bodyHalf + 30} ${bodyBottom}` +
    `Q${CENTRE - bodyHalf + 2} ${bodyBottom} ${CENTRE - bodyHalf} ${bodyBottom - 26}L${CENTRE - bodyHalf} ${beltY + 58}Q${CENTRE - bodyHalf} ${beltY + 18} ${CENTRE - beltHalf} ${beltY}Z`;
  return `<path d="${d}" fill="url(#paint)"/><path d="${d}" fill="url(#sides)"/><path d="M${CENTRE - beltHalf + 12} ${beltY + 3}Q${CENTRE} ${beltY - 9} ${CENTRE + beltHalf - 12} ${beltY + 3}" fill="none" stroke="#fff" stroke-opacity="0.45" stroke-width="3"/>`;
}

function frontFace(shape: Shape, type: VehicleType): string {
  const y = shape.beltY + 42;
  const half = type === "saloon" ? 66 : 84;
  const bars = [0, 1, 2, 3]
    .map(
      (i) => `<path d="M${CENTRE - half + 7} ${y + 9 + i * 8}L${CENTRE + half - 7} ${y + 9 + i * 8}" stroke="#5d646b" stroke-width="2"/>`,
    )
    .join("");
  return [
    `<path d="M${CENTRE - shape.beltHalf + 34} ${shape.beltY + 6}Q${CENTRE - half} ${y - 10} ${CENTRE - half} ${y}M${CENTRE + shape.beltHalf - 34} ${shape.beltY + 6}Q${CENTRE + half} ${y - 10} ${CENTRE + half} ${y}" fill="none" stroke="#000" stroke-opacity="0.28" stroke-width="2.5"/>`,
    `<rect x="${CENTRE - half}" y="${y}" width="${half * 2}" height="38" rx="9" fill="#0c0e10" stroke="#9aa1a8" stroke-width="2"/>${bars}<circle cx="${CENTRE}" cy="${y + 19}" r="10" fill="#c4c9ce" stroke="#555b61"/>`,
    `<path d="M${CENTRE - shape.bodyHalf + 8} ${shape.bodyBottom - 52}L${CENTRE + shape.bodyHalf - 8} ${shape.bodyBottom - 52}" stroke="#000" stroke-opacity="0.3" stroke-width="2.5"/>`,
    `<rect x="${CENTRE - 122}" y="${shape.bodyBottom - 30}" width="244" height="23" rx="9" fill="#0d0f11"/>`,
  ].join("");
}

function rearFace(shape: Shape, type: VehicleType): string {
  const seamY = shape.bodyBottom - 58;
  const panel =
    type === "pickupTruck"
      ? `<rect x="${CENTRE - 158}" y="${shape.beltY + 8}" width="316" height="82" rx="6" fill="#000" fill-opacity="0.1" stroke="#000" stroke-opacity="0.4" stroke-width="3"/><rect x="${CENTRE - 30}" y="${shape.beltY + 22}" width="60" height="14" rx="5" fill="#15171a"/><rect x="${CENTRE - 186}" y="${seamY + 2}" width="372" height="52" rx="9" fill="#aab0b6"/><rect x="${CENTRE - 186}" y="${seamY + 30}" width="372" height="24" rx="9" fill="#6b7178"/>`
      : `<path d="M${CENTRE - shape.beltHalf + 26} ${shape.beltY + 12}Q${CENTRE - 140} ${seamY - 4} ${CENTRE - 128} ${seamY}L${CENTRE + 128} ${seamY}Q${CENTRE + 140} ${seamY - 4} ${CENTRE + shape.beltHalf - 26} ${shape.beltY + 12}" fill="none" stroke="#000" stroke-opacity="0.33" stroke-width="2.5"/><rect x="${CENTRE - 64}" y="${SHAPES[type].plateY.rear - 15}" width="128" height="7" rx="3" fill="#c9ced3" fill-opacity="0.8"/>`;
  return `${panel}<rect x="${CENTRE - 150}" y="${shape.bodyBottom - 18}" width="300" height="16" rx="7" fill="#0f1113" fill-opacity="${type === "pickupTruck" ? 0 : 0.9}"/><ellipse cx="${CENTRE - 112}" cy="${shape.bodyBottom + 2}" rx="15" ry="6" fill="#3b3f43"/>`;
}

/** Dusk and night darken paint and glass, not the lamps and not the plate, which reflects. */
function dim(light: Light): string {
  if (light === "day") return "<g>";
  const [red, green, blue] = light === "night" ? [0.3, 0.32, 0.4] : [0.74, 0.62, 0.6];
  return `<filter id="dim" color-interpolation-filters="sRGB"><feComponentTransfer><feFuncR type="linear" slope="${red}"/><feFuncG type="linear" slope="${green}"/><feFuncB type="linear" slope="${blue}"/></feComponentTransfer></filter><g filter="url(#dim)">`;
}

function lamps(shape: Shape, type: VehicleType, side: Side, light: Light): string {
  const lit = light !== "day";
  const y = side === "front" ? shape.beltY + 38 : type === "pickupTruck" ? shape.beltY + 14 : shape.beltY + 22;
  const at = (s: number): string => {
    const x = CENTRE + s * (shape.bodyHalf - (side === "front" ? 40 : 30));
    if (side === "front") {
      const lens = `<rect x="${x - 31}" y="${y}" width="62" height="30" rx="13" fill="${lit ? "#fffbe6" : "#dfe6ea"}" stroke="#4b5157" stroke-width="2"/><ellipse cx="${x}" cy="${y + 15}" rx="13" ry="10" fill="${lit ? "#ffffff" : "#f6fafc"}" stroke="#9aa3ab"/>`;
      return lit ? `${lens}<circle cx="${x}" cy="${y + 15}" r="${light === "night" ? 74 : 46}" fill="url(#glow)"/>` : lens;
    }
    const tall = type === "saloon" ? 30 : 64;
    const lens = `<rect x="${x - 22}" y="${y}" width="44" height="${tall}" rx="9" fill="${lit ? "#ff2a1c" : "#9c1512"}" stroke="#4a0806" stroke-width="2"/><rect x="${x - 14}" y="${y + tall * 0.62}" width="28" height="${tall * 0.24}" rx="3" fill="${lit ? "#ffd9c9" : "#d8c4b4"}"/>`;
    return lit ? `${lens}<circle cx="${x}" cy="${y + tall / 2}" r="${light === "night" ? 62 : 40}" fill="url(#redglow)"/>` : lens;
  };
  const glows = `<radialGradient id="glow"><stop offset="0" stop-color="#fffbe0" stop-opacity="0.95"/><stop offset="0.3" stop-color="#fff3c4" stop-opacity="0.4"/><stop offset="1" stop-color="#fff3c4" stop-opacity="0"/></radialGradient><radialGradient id="redglow"><stop offset="0" stop-color="#ff5340" stop-opacity="0.7"/><stop offset="1" stop-color="#ff2a1c" stop-opacity="0"/></radialGradient>`;
  return `${glows}${at(-1)}${at(1)}`;
}

function plateShade(light: Light, side: Side): string {
  if (light === "day") return `<rect width="120" height="60" rx="4.5" fill="#000" fill-opacity="${side === "rear" ? 0.1 : 0.05}"/>`;
  return light === "dusk"
    ? `<rect width="120" height="60" rx="4.5" fill="#1a1420" fill-opacity="0.2"/>`
    : `<rect width="120" height="60" rx="4.5" fill="#dfe8ff" fill-opacity="0.16"/>`;
}
