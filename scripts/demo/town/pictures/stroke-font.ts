/**
 * A font of our own, drawn with strokes: a fresh machine may have no fonts at all, and then librsvg draws no text.
 * Each glyph lies in a box 10 wide and 16 high (y down) and is written as an SVG path of M, L and Q only.
 */
const GLYPHS: Readonly<Record<string, string>> = {
  A: "M0 16L5 0L10 16M1.8 10.6L8.2 10.6",
  B: "M6 7.6Q9.4 7.6 9.4 3.8Q9.4 0 6 0L0 0L0 16L5.6 16Q10 16 10 11.8Q10 7.6 5.6 7.6L0 7.6",
  C: "M10 4.6Q10 0 5 0Q0 0 0 5L0 11Q0 16 5 16Q10 16 10 11.4",
  D: "M0 0L4.6 0Q10 0 10 5.4L10 10.6Q10 16 4.6 16L0 16L0 0",
  E: "M10 0L0 0L0 16L10 16M0 7.8L8 7.8",
  F: "M10 0L0 0L0 16M0 7.8L8 7.8",
  G: "M10 4.6Q10 0 5 0Q0 0 0 5L0 11Q0 16 5 16Q10 16 10 11L10 8.8L5.8 8.8",
  H: "M0 0L0 16M10 0L10 16M0 7.8L10 7.8",
  I: "M5 0L5 16M2 0L8 0M2 16L8 16",
  J: "M9.4 0L9.4 11.4Q9.4 16 4.8 16Q0.2 16 0.2 11.6",
  K: "M0 0L0 16M9.6 0L0 9M3.4 5.9L10 16",
  L: "M0 0L0 16L9.4 16",
  M: "M0 16L0 0L5 9L10 0L10 16",
  N: "M0 16L0 0L10 16L10 0",
  O: "M5 0Q10 0 10 5L10 11Q10 16 5 16Q0 16 0 11L0 5Q0 0 5 0",
  P: "M0 16L0 0L5.6 0Q10 0 10 4.4Q10 8.8 5.6 8.8L0 8.8",
  Q: "M5 0Q10 0 10 5L10 11Q10 16 5 16Q0 16 0 11L0 5Q0 0 5 0M6 11.4L10.6 17",
  R: "M0 16L0 0L5.6 0Q10 0 10 4.4Q10 8.8 5.6 8.8L0 8.8M5 8.8L10 16",
  S: "M9.8 4.4Q9.8 0 5 0Q0.3 0 0.3 4Q0.3 7 5 7.8Q10 8.6 10 12Q10 16 5 16Q0 16 0 11.6",
  T: "M0 0L10 0M5 0L5 16",
  U: "M0 0L0 11Q0 16 5 16Q10 16 10 11L10 0",
  V: "M0 0L5 16L10 0",
  W: "M0 0L2.4 16L5 5L7.6 16L10 0",
  X: "M0 0L10 16M10 0L0 16",
  Y: "M0 0L5 8L10 0M5 8L5 16",
  Z: "M0 0L10 0L0 16L10 16",
  "0": "M5 0Q9.2 0 9.2 4.2L9.2 11.8Q9.2 16 5 16Q0.8 16 0.8 11.8L0.8 4.2Q0.8 0 5 0",
  "1": "M2 3.2L5.6 0L5.6 16M2.2 16L9 16",
  "2": "M0.3 4.4Q0.3 0 5 0Q9.8 0 9.8 4.2Q9.8 7 6.4 9.8L0.2 16L10 16",
  "3": "M0.3 4Q0.6 0 5 0Q9.5 0 9.5 3.8Q9.5 7.6 5 7.6L3.6 7.6M5 7.6Q10 7.6 10 11.8Q10 16 5 16Q0.2 16 0 12",
  "4": "M7.6 16L7.6 0L0 11.4L10 11.4",
  "5": "M9.2 0L1.2 0L0.6 7.2Q2.4 5.9 5 5.9Q10 5.9 10 10.9Q10 16 5 16Q0.4 16 0 12.4",
  "6": "M9.6 3.6Q9.2 0 5 0Q0 0 0 5.6L0 11Q0 16 5 16Q10 16 10 11.3Q10 6.6 5 6.6Q0 6.6 0 11",
  "7": "M0 0L10 0Q5.2 6.6 4.2 16",
  "8": "M5 0Q9.4 0 9.4 3.8Q9.4 7.6 5 7.6Q0.6 7.6 0.6 3.8Q0.6 0 5 0M5 7.6Q10 7.6 10 11.8Q10 16 5 16Q0 16 0 11.8Q0 7.6 5 7.6",
  "9": "M0.4 12.4Q0.8 16 5 16Q10 16 10 10.4L10 5Q10 0 5 0Q0 0 0 4.7Q0 9.4 5 9.4Q10 9.4 10 5",
  "-": "M2 8L8 8",
  ":": "M5 4.6L5 5M5 12.6L5 13",
  ".": "M5 15.6L5 16",
  "/": "M0.6 16L9.4 0",
  "&": "M10 16L2.4 5Q0.8 0 4.8 0Q8.4 0 8 3.4Q7.6 5.8 3.6 7.8Q0 9.6 0 12.4Q0 16 4.2 16Q8.8 16 9.6 9",
  " ": "",
};

const GLYPH_WIDTH = 10;
const GLYPH_HEIGHT = 16;

export interface TextBox {
  readonly x: number;
  readonly y: number;
  /** Height of a capital letter in the drawing's units. */
  readonly height: number;
  /** Width of one letter as a share of its height; 0.5 is a plate's narrow face. */
  readonly aspect: number;
  /** Gap between two letters as a share of the letter's height. */
  readonly gap: number;
}

/** Width of a text in the drawing's units, without the half stroke at both ends. */
export function textWidth(text: string, box: Omit<TextBox, "x" | "y">): number {
  return text.length * box.height * box.aspect + Math.max(0, text.length - 1) * box.height * box.gap;
}

/**
 * The strokes of a text as one SVG path. A character without a glyph leaves a gap: a picture is never refused for a letter.
 * The caller sets stroke, width and joins, so that the same letters serve as embossed plate and as burnt-in clock.
 */
export function textPath(text: string, box: TextBox): string {
  const scaleX = (box.height * box.aspect) / GLYPH_WIDTH;
  const scaleY = box.height / GLYPH_HEIGHT;
  const step = box.height * (box.aspect + box.gap);
  return [...text.toUpperCase()].map((letter, i) => placed(GLYPHS[letter] ?? "", box.x + i * step, box.y, scaleX, scaleY)).join("");
}

function placed(path: string, x: number, y: number, scaleX: number, scaleY: number): string {
  return path.replace(
    /(-?[\d.]+) (-?[\d.]+)/g,
    (_, px: string, py: string) => `${round(x + Number(px) * scaleX)} ${round(y + Number(py) * scaleY)} `,
  );
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
