/** A secret typed or piped in: the first line of stdin, never an argument (arguments are in everybody's process list). */

const SECRET_BYTES_MAX = 4_096;

/** `prompt` is shown only to a person at a terminal. Empty when stdin ends at once. */
export async function readSecret(prompt: string): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write(prompt);
  let text = "";
  for await (const chunk of process.stdin) {
    text += String(chunk);
    if (text.includes("\n") || text.length > SECRET_BYTES_MAX) break;
  }
  return text.split(/\r?\n/)[0]!.trim();
}
