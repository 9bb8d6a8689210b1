/**
 * One line for a person out of what a medium threw: the code first (ENOSPC, SignatureDoesNotMatch), since it is what one searches for.
 * Nothing but code and message is taken: request objects carry signatures.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, REASON_CHARACTERS_MAX);
  const code = (error as { code?: unknown }).code;
  const message = error.message.replace(/\s+/g, " ").trim();
  const text = typeof code === "string" && !message.includes(code) ? `${code}: ${message}` : message;
  return (text === "" ? error.name : text).slice(0, REASON_CHARACTERS_MAX);
}

const REASON_CHARACTERS_MAX = 200;
