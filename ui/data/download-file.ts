/** A file that a program makes for a request with a body: a link can only ask for one without. */
import { problemWords } from "../words/problem-words.ts";
import { type Answer, toProblem } from "./api-client.ts";

/** Asks for the file and hands it to the browser to be saved under the name that its program gave it. No time limit: lists are long, lines slow. */
export async function downloadFile(address: string, body: object, onSignedOut: () => void, ask = fetch): Promise<Answer<{ name: string }>> {
  try {
    const response = await ask(address, {
      method: "POST",
      credentials: "same-origin",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) {
      const problem = toProblem(response.status, await response.json().catch(() => undefined));
      if (problem.kind === "signed-out") onSignedOut();
      return { ok: false, problem };
    }
    const name = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "")?.[1] ?? "file";
    saveBlob(await response.blob(), name);
    return { ok: true, value: { name } };
  } catch {
    const words = problemWords("unreachable", 0, undefined);
    return { ok: false, problem: { kind: "unreachable", status: 0, code: "unreachable", words } };
  }
}

/** Kept for the browser until it has surely begun to save. */
const KEPT_MS = 60_000;

function saveBlob(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
}
