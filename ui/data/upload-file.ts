/** A file as the body of a request, with its progress: `fetch` cannot say how much of a body has left. No time limit: lines are slow. */
import { problemWords } from "../words/problem-words.ts";
import { type Answer, toProblem } from "./api-client.ts";

export interface FileUpload<T> {
  readonly answer: Promise<Answer<T>>;
  /** Ends it; the answer is then "unreachable". */
  readonly cancel: () => void;
}

/** `onSent` hears the bytes that have left; `onSignedOut` that nobody is signed in. */
export function uploadFile<T>(
  address: string,
  file: Blob,
  onSent: (bytes: number) => void,
  onSignedOut: () => void,
  request = new XMLHttpRequest(),
): FileUpload<T> {
  const answer = new Promise<Answer<T>>((done) => {
    request.open("POST", address);
    request.responseType = "json";
    // Not the file's own type: a form of another page could send most of those, and this one not.
    request.setRequestHeader("content-type", "application/octet-stream");
    request.upload.onprogress = (event) => onSent(event.loaded);
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) return done({ ok: true, value: request.response as T });
      const problem = toProblem(request.status, request.response);
      if (problem.kind === "signed-out") onSignedOut();
      done({ ok: false, problem });
    };
    request.onerror = request.onabort = () =>
      done({
        ok: false,
        problem: { kind: "unreachable", status: 0, code: "unreachable", words: problemWords("unreachable", 0, undefined) },
      });
    request.send(file);
  });
  return { answer, cancel: () => request.abort() };
}
