import type { Box } from "../../../shared/model/detection.ts";
import { childElement, childNumber, type XmlElement } from "./isapi-xml.ts";

const PER_MILLE = 1000;
const TEN_THOUSAND = 10_000;
const RECT_NAMES = ["plateRect", "PlateRect", "Rect"];

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/**
 * The plate's rectangle in thousandths of the scene. Cameras write thousandths, recorders fractions of 1, other units pixels or
 * ten-thousandths: thousandths if it fits into 1000, then pixels if the size of the scene is known and it fits, then ten-thousandths.
 * Null when missing, empty or outside the picture.
 */
export function plateBox(pictureInfo: XmlElement, scene: PictureSize | null): Box | null {
  for (const name of RECT_NAMES) {
    const rect = childElement(pictureInfo, name);
    if (rect === null) continue;
    const side = (...names: string[]): number | null =>
      names.map((each) => childNumber(rect, each, 0, 100_000)).find((value) => value !== null) ?? null;
    const x = side("X", "x");
    const y = side("Y", "y");
    const width = side("width", "Width");
    const height = side("height", "Height");
    if (x === null || y === null || width === null || height === null || width === 0 || height === 0) return null;
    return toPerMille({ x, y, width, height }, scene);
  }
  return null;
}

function toPerMille(box: Box, scene: PictureSize | null): Box | null {
  const within = (right: number, bottom: number): boolean => box.x + box.width <= right && box.y + box.height <= bottom;
  const scaled = (right: number, bottom: number): Box => ({
    x: Math.round((box.x * PER_MILLE) / right),
    y: Math.round((box.y * PER_MILLE) / bottom),
    width: Math.max(1, Math.round((box.width * PER_MILLE) / right)),
    height: Math.max(1, Math.round((box.height * PER_MILLE) / bottom)),
  });
  // A plate of one thousandth of the width does not exist, one that fills the picture does: all within 1 means fractions.
  if (within(1, 1)) return scaled(1, 1);
  if (within(PER_MILLE, PER_MILLE)) return scaled(PER_MILLE, PER_MILLE);
  if (scene !== null && within(scene.width, scene.height)) return scaled(scene.width, scene.height);
  return within(TEN_THOUSAND, TEN_THOUSAND) ? scaled(TEN_THOUSAND, TEN_THOUSAND) : null;
}
