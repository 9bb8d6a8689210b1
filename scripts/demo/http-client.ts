/** A small client of the programs' public HTTP APIs, as a browser on the same origin would use them. */
export interface HttpClient {
  readonly url: string;
  readonly headers: () => Record<string, string>;
  readonly get: <Answer>(path: string) => Promise<Answer>;
  readonly send: <Answer>(method: "POST" | "PATCH" | "DELETE", path: string, body?: unknown) => Promise<Answer>;
  readonly bytes: (path: string) => Promise<Uint8Array>;
}

export class HttpRefusal extends Error {
  readonly status: number;
  constructor(status: number, words: string) {
    super(`${status}: ${words}`);
    this.status = status;
  }
}

const TIMEOUT_MS = 15_000;

/** Keeps the session cookie that a sign-in sets; `token` is sent as Bearer when given. */
export function openClient(url: string, token?: string): HttpClient {
  let cookie: string | null = null;
  const headers = (): Record<string, string> => ({
    origin: url,
    ...(cookie === null ? {} : { cookie }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  });
  const ask = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...headers(), ...(method === "GET" ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const set = response.headers.getSetCookie()[0];
    if (set !== undefined) cookie = set.split(";")[0] ?? null;
    if (!response.ok) throw new HttpRefusal(response.status, `${method} ${path.split("?")[0]} ${(await response.text()).slice(0, 300)}`);
    return response;
  };
  const json = async <Answer>(response: Promise<Response>): Promise<Answer> => {
    const text = await (await response).text();
    return (text === "" ? null : JSON.parse(text)) as Answer;
  };
  return {
    url,
    headers,
    get: (path) => json(ask("GET", path)),
    send: (method, path, body) => json(ask(method, path, body ?? (method === "POST" ? {} : undefined))),
    bytes: async (path) => new Uint8Array(await (await ask("GET", path)).arrayBuffer()),
  };
}
