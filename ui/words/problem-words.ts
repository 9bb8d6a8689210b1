/** What went wrong, what was kept, what to do: one or two short sentences. */
const BY_CODE: Readonly<Record<string, string>> = {
  unreachable: "No answer from the server. Nothing you typed is lost; try again when the connection is back.",
  "401": "You are signed out. Sign in again to go on.",
  "403": "Your account may not do this. An administrator can change that.",
  "404": "This is not there any more, or you may not see it.",
  "409": "Someone else changed this meanwhile. Look again before you go on.",
  "413": "That is too large.",
  "422": "Something in the form is not right.",
  "429": "Too many tries. Wait a little, then try again.",
};

/** The sentence for an error. The program's own message wins unless it is a server failure, whose text is not for people. */
export function problemWords(code: string, status: number, message: string | undefined): string {
  if (message !== undefined && message !== "" && status < 500) return /[.!?]$/.test(message) ? message : `${message}.`;
  if (status >= 500) return "The server could not do this. What is stored is safe; try again in a minute.";
  return BY_CODE[code] ?? BY_CODE[String(status)] ?? "That did not work. Try again.";
}
