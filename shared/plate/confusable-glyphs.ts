/**
 * Which characters OCR takes for one another. Strong: the glyphs are nearly one shape on a plate (0OQD 1IL 2Z 5S 6G 8B); they form
 * groups, so a plate folds to one text. Weak: 7/1 and 4/A, pairs only; they do not fold, or 7 would equal I and L as well.
 */
export type Confusion = "same" | "strong" | "weak" | "none";

export const STRONG_GROUPS: readonly string[] = ["0OQD", "1IL", "2Z", "5S", "6G", "8B"];
export const WEAK_PAIRS: readonly string[] = ["71", "4A"];

const CODES = 128;
const STRONG_OF = foldTable(STRONG_GROUPS);
/** Also joins the weak pairs: a key to find candidates by, never a verdict. */
const WIDE_OF = foldTable(["0OQD", "1IL7", "2Z", "4A", "5S", "6G", "8B"]);

/** How two characters of normalised plates relate. Symmetric. */
export function confusion(a: string, b: string): Confusion {
  return confusionOfCodes(a.charCodeAt(0), b.charCodeAt(0));
}

/** As `confusion`, by character code, for the hot loops. */
export function confusionOfCodes(a: number, b: number): Confusion {
  if (a === b) return "same";
  if (a >= CODES || b >= CODES) return "none";
  if (STRONG_OF[a] === STRONG_OF[b]) return "strong";
  return isWeak(a, b) ? "weak" : "none";
}

/** The folded plate: every character of a strong group as the group's first one. Equal folds = only strong confusions between them. */
export function foldPlate(plate: string): string {
  let folded = "";
  for (let at = 0; at < plate.length; at++) {
    const code = plate.charCodeAt(at);
    folded += code < CODES ? String.fromCharCode(STRONG_OF[code]!) : plate[at];
  }
  return folded;
}

/** Character code folded over strong groups and weak pairs; codes outside ASCII stay. For candidate keys only. */
export function wideFoldCode(code: number): number {
  return code < CODES ? WIDE_OF[code]! : code;
}

function isWeak(a: number, b: number): boolean {
  return (a === 0x37 && b === 0x31) || (a === 0x31 && b === 0x37) || (a === 0x34 && b === 0x41) || (a === 0x41 && b === 0x34);
}

function foldTable(groups: readonly string[]): Uint8Array {
  const table = Uint8Array.from({ length: CODES }, (_, code) => code);
  for (const group of groups) for (const member of group) table[member.charCodeAt(0)] = group.charCodeAt(0);
  return table;
}
