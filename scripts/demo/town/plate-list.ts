/** The plate list that a client polls: rows after a cursor, NOT in time order, and the row at the cursor once more. */
import { NAMESPACE_HIKVISION } from "./anpr-xml.ts";
import { absTime, basicLocal } from "./local-time.ts";
import type { SeededRandom } from "./seeded-random.ts";
import { elements, group } from "./xml-text.ts";

export const PLATE_ROWS_MAX = 500;
const ROWS_PER_ANSWER_MAX = 100;

export interface PlateRow {
  readonly picName: string;
  readonly cameraMs: number;
  readonly plate: string;
  readonly direction: string;
  readonly lane: number;
  readonly crop: Buffer | null;
  onListed(): void;
  onPictureFetched(): void;
  onDropped(): void;
}

export interface PlateList {
  add(row: PlateRow): void;
  /** The answer to one poll. `cursor` is a picture's name, a time in one of four forms, or 0 or -1 for everything. */
  answer(cursor: string): string;
  picture(picName: string): Buffer | null;
}

/** Opens an empty list of a camera in `zone`. */
export function openPlateList(zone: string, random: SeededRandom): PlateList {
  const rows: (PlateRow & { seen: boolean })[] = [];
  return {
    add(row) {
      rows.push(Object.assign(Object.create(null), row, { seen: false }) as PlateRow & { seen: boolean });
      if (rows.length <= PLATE_ROWS_MAX) return;
      const oldest = rows.shift();
      if (oldest !== undefined && !oldest.seen) oldest.onDropped();
    },
    answer(cursor) {
      const after = cursorDigits(cursor, zone);
      // Names begin with 17 digits of time and differ in length: they compare as text, never as numbers.
      const found = rows.filter((row) => row.picName >= after).slice(0, ROWS_PER_ANSWER_MAX);
      for (const row of found) {
        row.seen = true;
        row.onListed();
      }
      const mixed = found.map((row) => ({ row, at: random.next() })).sort((a, b) => a.at - b.at);
      const body = mixed.map(({ row }) => group("Plate", plateXml(row, zone))).join("");
      return `<?xml version="1.0" encoding="UTF-8"?>\n<Plates version="2.0" xmlns="${NAMESPACE_HIKVISION}">\n${body}</Plates>\n`;
    },
    picture(picName) {
      const row = rows.find((candidate) => candidate.picName === picName);
      if (row?.crop == null) return null;
      row.onPictureFetched();
      return row.crop;
    },
  };
}

/** A picture's name: 17 digits of local time and one to eight digits more, rising with the camera's own number. */
export function pictureName(cameraMs: number, zone: string, message: number): string {
  const tail = message % 3 === 0 ? String(message % 100_000_000).padStart(8, "0") : String(message % 10);
  return `${absTime(cameraMs, zone)}${tail}`;
}

function plateXml(row: PlateRow, zone: string): string {
  const read = row.plate !== "noPlate" && row.plate !== "unknown";
  return elements([
    ["captureTime", basicLocal(row.cameraMs, zone)],
    ["plateNumber", read ? row.plate : "unknown"],
    ["picName", row.picName],
    ["country", read ? "USA" : "NON"],
    ["laneNo", row.lane],
    ["direction", row.direction],
    ["matchingResult", "otherlist"],
  ]);
}

function cursorDigits(cursor: string, zone: string): string {
  const text = cursor.trim();
  if (text === "" || text === "0" || text === "-1") return "";
  if (/Z$/i.test(text) && Number.isFinite(Date.parse(text))) return absTime(Date.parse(text), zone);
  return text.replace(/[+-]\d\d:?\d\d$/, "").replace(/\D/g, "");
}
