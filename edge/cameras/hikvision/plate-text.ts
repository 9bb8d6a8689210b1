import { isNoPlate } from "../../../shared/plate/normalise-plate.ts";

/** The same in Chinese firmware: no plate, not recognised, unknown, "plate". */
const CHINESE_SENTINELS = new Set(["无车牌", "未识别", "未知", "车牌"]);
/** Plate colours that mainland-China firmware writes before the plate. */
const COLOUR_CHARACTERS = "蓝黄白黑绿";
const PLATE_CHARACTERS_MAX = 32;

/**
 * The plate as the camera said it, without the plate's colour character in front (it is not on the plate, and the per-character figures
 * do not count it); null for the vendor's sentinels. `NOPLATE` in capitals with a confidence is a plate: such vanity plates exist.
 */
export function plateAsRead(text: string, confidence: number): string | null {
  const plate = text.trim();
  if (plate === "" || [...plate].length > PLATE_CHARACTERS_MAX || /[\p{Cc}]/u.test(plate)) return null;
  if (
    (isNoPlate(plate) || CHINESE_SENTINELS.has(plate)) &&
    !(confidence > 0 && plate === plate.toUpperCase() && plate !== plate.toLowerCase())
  )
    return null;
  const [first, second] = plate;
  const led = first !== undefined && COLOUR_CHARACTERS.includes(first) && second !== undefined && /\p{Script=Han}/u.test(second);
  return led ? plate.slice(first.length) : plate;
}

/** `plateCharBelieve`: 0-100 for each character of the plate; null unless there is exactly one figure per character. */
export function characterConfidence(text: string, plate: string | null): readonly number[] | null {
  if (plate === null || text.trim() === "") return null;
  const figures = text.split(",").map((figure) => (/^\s*\d{1,3}(\.\d+)?\s*$/.test(figure) ? Number(figure) : Number.NaN));
  const fits = figures.length === [...plate].length && figures.every((figure) => figure >= 0 && figure <= 100);
  return fits ? figures : null;
}
