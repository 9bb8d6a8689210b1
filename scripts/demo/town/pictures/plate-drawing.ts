import { textPath, textWidth } from "./stroke-font.ts";

/** Where a plate comes from, by its look: colours and the two small lines. */
export type PlateStyle = "new-york" | "new-york-gold" | "new-jersey" | "pennsylvania" | "connecticut";

export const PLATE_STYLES: readonly PlateStyle[] = ["new-york", "new-york-gold", "new-jersey", "pennsylvania", "connecticut"];

interface Look {
  readonly top: string;
  readonly bottom: string;
  readonly ink: string;
  readonly band: string;
  readonly upper: string;
  readonly lower: string;
}

const LOOKS: Readonly<Record<PlateStyle, Look>> = {
  "new-york": { top: "#fbfbf7", bottom: "#eceee9", ink: "#13294f", band: "#1c3f7c", upper: "NEW YORK", lower: "EXCELSIOR" },
  "new-york-gold": { top: "#f3b43a", bottom: "#e9a020", ink: "#141c3a", band: "#16245a", upper: "NEW YORK", lower: "EMPIRE STATE" },
  "new-jersey": { top: "#f6e39b", bottom: "#fbf6dd", ink: "#17181a", band: "#f0d06a", upper: "NEW JERSEY", lower: "GARDEN STATE" },
  pennsylvania: { top: "#f7f7f2", bottom: "#f4e9b0", ink: "#173a78", band: "#1d4a8f", upper: "PENNSYLVANIA", lower: "VISITPA.COM" },
  connecticut: { top: "#a9c8e8", bottom: "#f2f6fb", ink: "#1b2f6b", band: "#8db4dc", upper: "CONNECTICUT", lower: "CONSTITUTION" },
};

export const PLATE_WIDTH = 120;
export const PLATE_HEIGHT = 60;

/** A US plate (12 x 6 inches) as SVG in a box of 120 x 60 units; `text` null draws the bare holder of a car without plate. */
export function plateSvg(text: string | null, style: PlateStyle): string {
  if (text === null)
    return `<rect width="120" height="60" rx="4" fill="#1d1f22"/><rect x="5" y="5" width="110" height="50" rx="3" fill="#2a2d31"/>`;
  const look = LOOKS[style];
  const letters = spaced(text, style);
  const box = { height: 27, aspect: letters.length > 7 ? 0.355 : 0.42, gap: letters.length > 7 ? 0.165 : 0.2 };
  const x = (PLATE_WIDTH - textWidth(letters, box)) / 2;
  const path = textPath(letters, { ...box, x, y: 17.5 });
  const light = look.band === "#1c3f7c" || look.band === "#16245a" || look.band === "#1d4a8f" ? "#ffffff" : look.ink;
  return [
    `<linearGradient id="plate" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${look.top}"/><stop offset="1" stop-color="${look.bottom}"/></linearGradient>`,
    `<rect x="-2" y="-2" width="124" height="64" rx="6" fill="#26282b"/>`,
    `<rect width="120" height="60" rx="4.5" fill="url(#plate)" stroke="#8d9196" stroke-width="0.8"/>`,
    `<path d="M4.5 0L115.5 0Q120 0 120 4.5L120 12.5L0 12.5L0 4.5Q0 0 4.5 0" fill="${look.band}"/>`,
    small(look.upper, 3.1, 6.6, light, 1),
    `<path d="${path}" fill="none" stroke="#ffffff" stroke-opacity="0.55" stroke-width="4.2" stroke-linejoin="round" stroke-linecap="round" transform="translate(0.5 0.6)"/>`,
    `<path d="${path}" fill="none" stroke="${look.ink}" stroke-width="3.7" stroke-linejoin="round" stroke-linecap="round"/>`,
    small(look.lower, 51, 4.6, look.ink, 0.75),
    [14, 106]
      .map((cx) => `<circle cx="${cx}" cy="6.2" r="1.9" fill="#9aa0a6"/><circle cx="${cx}" cy="6.2" r="0.8" fill="#4a4f55"/>`)
      .join(""),
  ].join("");
}

function small(text: string, y: number, height: number, ink: string, width: number): string {
  const box = { height, aspect: 0.56, gap: 0.34 };
  const path = textPath(text, { ...box, x: (PLATE_WIDTH - textWidth(text, box)) / 2, y });
  return `<path d="${path}" fill="none" stroke="${ink}" stroke-width="${width}" stroke-linejoin="round" stroke-linecap="round"/>`;
}

/** The dash or gap that the state prints; it is no part of the plate. */
function spaced(text: string, style: PlateStyle): string {
  if (text.length !== 7 && text.length !== 6) return text;
  return style === "new-york" || style === "new-jersey" ? `${text.slice(0, 3)}-${text.slice(3)}` : `${text.slice(0, 3)} ${text.slice(3)}`;
}
