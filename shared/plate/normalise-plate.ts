import type { Plate } from "../model/ids.ts";

/**
 * What a camera or a person wrote -> the plate that everything compares: A-Z0-9, 1 to 12 characters, or null when it is not a plate
 * (a sentinel, nothing legible, too long). The original text is kept elsewhere; this form is only for comparing.
 */

/** Longest normalised plate; a longer text is a sticker or a phone number on a van. */
export const PLATE_CHARACTERS_MAX = 12;
/** Longest text looked at: bounds the cost of NFKD (one character can decompose to 18). */
export const PLATE_TEXT_MAX = 64;

/** What vendors write when there is no plate, without separators, lower case. "unknow" is a vendor's own spelling. */
const SENTINELS: ReadonlySet<string> = new Set([
  "noplate",
  "noplates",
  "nolicenseplate",
  "nolicenceplate",
  "nonumberplate",
  "noread",
  "notread",
  "notrecognized",
  "notrecognised",
  "unrecognized",
  "unrecognised",
  "unreadable",
  "unknown",
  "unknow",
  "unknownplate",
  "unlicensed",
  "unlicenced",
  "none",
  "null",
  "undefined",
  "nan",
]);

/** Letters that look like a Latin one are that Latin one (plates of such countries use only these); the rest by sound, so that none vanishes. */
const LATIN_OF: ReadonlyMap<string, string> = new Map([
  // Cyrillic, by look.
  ...pairs("АВЕКМНОРСТУХІЅЈҮ", "ABEKMHOPCTYXISJY"),
  // Cyrillic, by sound.
  ...pairs("БГДЗИЛПФЦЧШЪЫЬЭЯЮЖЄЂЋЉЊЏҐ", "BGDZILPFCCSJYJEYUZEDCLNDG"),
  // Greek, by look.
  ...pairs("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"),
  // Greek, by sound.
  ...pairs("ΓΔΘΛΞΠΣΦΨΩ", "GDTLXPSFPO"),
  // Latin letters that NFKD leaves whole.
  ...pairs("ØŁĐÐŦĦ", "OLDDTH"),
  ["Æ", "AE"],
  ["Œ", "OE"],
  ["Þ", "TH"],
  // Arabic-Indic and Persian digits.
  ...pairs("٠١٢٣٤٥٦٧٨٩", "0123456789"),
  ...pairs("۰۱۲۳۴۵۶۷۸۹", "0123456789"),
]);

/** Text to a normalised plate; null for sentinels, for nothing legible and for more than 12 characters. */
export function normalisePlate(text: string | null | undefined): Plate | null {
  if (text === null || text === undefined || text.length > PLATE_TEXT_MAX) return null;
  if (isNoPlate(text)) return null;
  const latin = latinUpper(text).replace(/[^A-Z0-9]/g, "");
  if (latin.length < 1 || latin.length > PLATE_CHARACTERS_MAX) return null;
  return latin as Plate;
}

/** Text that is a normalised plate already (a stored or received one): itself, else null. Never repairs. */
export function parsePlate(text: unknown): Plate | null {
  return typeof text === "string" && /^[A-Z0-9]{1,12}$/.test(text) ? (text as Plate) : null;
}

/** True for what vendors write instead of a plate: "noPlate", "unknown", "N/A", "--", nothing. */
export function isNoPlate(text: string): boolean {
  const trimmed = text.trim().toLowerCase();
  // Only with the slash: NA alone is a plate that people buy.
  if (trimmed === "n/a") return true;
  return SENTINELS.has(trimmed.replace(/[\s._-]+/g, ""));
}

/** Upper-case Latin of any text, other characters kept: accents off, full width narrowed, Cyrillic and Greek transliterated. */
export function latinUpper(text: string): string {
  let latin = "";
  for (const character of text.normalize("NFKD").toUpperCase().normalize("NFKD")) latin += LATIN_OF.get(character) ?? character;
  return latin;
}

function pairs(from: string, to: string): [string, string][] {
  const sources = [...from];
  if (sources.length !== to.length) throw new Error(`transliteration table: ${sources.length} letters to ${to.length}`);
  return sources.map((source, at) => [source, to[at]!]);
}
