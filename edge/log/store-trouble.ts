/** What a person reads when the disk or the file fails, by SQLite's code. Nothing that was answered before is touched by any of them. */
export function troubleWords(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  const text = typeof code === "string" ? code : "";
  if (text.startsWith("SQLITE_FULL") || text === "ENOSPC") {
    return "The disk is full. What was stored is safe; new detections are refused until there is room. Free some space.";
  }
  if (text.startsWith("SQLITE_IOERR")) {
    return "The disk reports errors. What was stored before is kept; new detections are refused until it writes again. Check or replace the card.";
  }
  if (text.startsWith("SQLITE_READONLY")) return "The disk has become read-only. New detections are refused. Check or replace the card.";
  if (text.startsWith("SQLITE_BUSY")) return "Another program holds the store's file. New detections wait; close that program.";
  if (text.startsWith("SQLITE_CORRUPT") || text.startsWith("SQLITE_NOTADB")) {
    return "The store's file is damaged. New detections are refused; keep the card, the records on it can be recovered.";
  }
  return `The store refused a command (${text === "" ? "internal error" : text}).`;
}

/** Trouble of the machine, as against a bug or a refused command. */
export function isMachineTrouble(error: unknown): boolean {
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" && /^(ENOSPC|SQLITE_(FULL|IOERR|READONLY|BUSY|CORRUPT|NOTADB|CANTOPEN))/.test(code);
}
