/** Same-origin JSON requests. A failure is a value with words for a person; a program error is the only thing that throws. */
import type { ErrorBody } from "../../shared/api/views.ts";
import { problemWords } from "../words/problem-words.ts";

/** signed-out: the session ended; unreachable: no answer at all; refused: the program said no; broken: the program failed. */
export type ProblemKind = "signed-out" | "unreachable" | "refused" | "broken";
export interface Problem {
  readonly kind: ProblemKind;
  readonly status: number;
  readonly code: string;
  readonly words: string;
  /** What the program added to its refusal. */
  readonly details?: Readonly<Record<string, unknown>>;
}
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

export interface ApiClient {
  get<T>(path: string, query?: Query): Promise<Answer<T>>;
  send<T>(method: "POST" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<Answer<T>>;
}
export type Query = Readonly<Record<string, string | number | undefined>>;

/** Longest wait for an answer, ms; a page that waits longer says that it got none. */
const ANSWER_TIMEOUT_MS = 20_000;

export interface ApiDeps {
  /** "/api/v1" at central, "/api" on the edge. */
  readonly base: string;
  readonly fetch: typeof globalThis.fetch;
  /** Told whenever an answer says that nobody is signed in. */
  readonly onSignedOut: () => void;
}

/** Makes the client of one page. The session travels in its cookie; nothing is kept here. */
export function createApi(deps: ApiDeps): ApiClient {
  async function request<T>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    const init: RequestInit = {
      method,
      credentials: "same-origin",
      headers: { accept: "application/json" },
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    };
    if (method !== "GET") {
      // Always JSON: the programs refuse every other type on a change, which is what keeps foreign pages out.
      init.headers = { accept: "application/json", "content-type": "application/json" };
      init.body = JSON.stringify(body ?? {});
    }
    let response: Response;
    try {
      response = await deps.fetch(deps.base + path, init);
    } catch {
      return {
        ok: false,
        problem: { kind: "unreachable", status: 0, code: "unreachable", words: problemWords("unreachable", 0, undefined) },
      };
    }
    const text = await response.text().catch(() => "");
    if (response.ok) return { ok: true, value: (text === "" ? {} : parseJson(text)) as T };
    const problem = toProblem(response.status, parseJson(text));
    if (problem.kind === "signed-out") deps.onSignedOut();
    return { ok: false, problem };
  }
  return {
    get: (path, query) => request("GET", path + queryText(query)),
    send: (method, path, body) => request(method, path, body),
  };
}

/** Query values that are there, encoded; empty text when none is. */
export function queryText(query: Query | undefined): string {
  const pairs = Object.entries(query ?? {}).filter((pair): pair is [string, string | number] => pair[1] !== undefined && pair[1] !== "");
  if (pairs.length === 0) return "";
  return `?${pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join("&")}`;
}

/** An error answer as a problem; the program's own sentence is preferred when it sent one. */
export function toProblem(status: number, body: unknown): Problem {
  const error = (body as Partial<ErrorBody> | undefined)?.error;
  const kind: ProblemKind = status === 401 ? "signed-out" : status >= 500 ? "broken" : "refused";
  const code = typeof error?.code === "string" ? error.code : String(status);
  const words = problemWords(code, status, typeof error?.message === "string" ? error.message : undefined);
  const details = typeof error?.details === "object" && error.details !== null ? { details: error.details as Record<string, unknown> } : {};
  return { kind, status, code, words, ...details };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
