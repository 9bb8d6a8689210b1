/** The five-character code of a database's error (PostgreSQL, appendix A); undefined for anything else. */
export function sqlStateOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 200) : String(error).slice(0, 200);
}

/** A value that the database (or its encoder) does not take: data exception, integrity violation, a limit. The same again fails again. */
export function isPoison(error: unknown): boolean {
  return /^(22|23|54)/.test(sqlStateOf(error) ?? "") || error instanceof RangeError || error instanceof TypeError;
}

/** Gone by itself when tried again: serialisation failure, deadlock. */
export function isPassing(error: unknown): boolean {
  return ["40001", "40P01"].includes(sqlStateOf(error) ?? "");
}
