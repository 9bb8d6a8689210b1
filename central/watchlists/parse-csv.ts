export interface CsvRow {
  /** Counted from 1, the header line included. */
  readonly line: number;
  readonly fields: ReadonlyMap<string, string>;
}

/** RFC 4180 with a header line that names a column plate or pattern; null without one and beyond `rowsMax`. Empty lines are skipped. */
export function parseCsv(text: string, rowsMax: number): CsvRow[] | null {
  const lines = records(text.replace(/^\uFEFF/, ""));
  const header = lines[0]?.cells.map((cell) => cell.trim().toLowerCase()) ?? [];
  if (!header.includes("plate") && !header.includes("pattern")) return null;
  const rows = lines.slice(1).filter(({ cells }) => cells.some((cell) => cell.trim() !== ""));
  if (rows.length > rowsMax) return null;
  return rows.map(({ line, cells }) => ({ line, fields: new Map(header.map((name, at) => [name, (cells[at] ?? "").trim()])) }));
}

function records(text: string): { line: number; cells: string[] }[] {
  const found: { line: number; cells: string[] }[] = [];
  let cells: string[] = [];
  let cell = "";
  let quoted = false;
  let line = 1;
  let startedAt = 1;
  const endCell = (): void => {
    cells.push(cell);
    cell = "";
  };
  const endRecord = (): void => {
    endCell();
    found.push({ line: startedAt, cells });
    cells = [];
    startedAt = line + 1;
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (quoted && character === '"' && text[at + 1] === '"') {
      cell += '"';
      at++;
    } else if (character === '"' && (quoted || cell === "")) {
      quoted = !quoted;
    } else if (!quoted && (character === "," || character === ";")) {
      endCell();
    } else if (!quoted && character === "\n") {
      endRecord();
      line++;
    } else if (quoted || character !== "\r") {
      if (character === "\n") line++;
      cell += character;
    }
  }
  if (cell !== "" || cells.length > 0) endRecord();
  return found;
}
