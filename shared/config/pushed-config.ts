/**
 * A configuration that central sends to a site: what it may not hold, and the line that names its revision in the file at the site.
 * Secrets never travel: a camera names its credential (`password_ref`), which lies at the site only.
 */

/** Keys whose value is a secret, wherever they stand. */
const SECRET_KEYS: ReadonlySet<string> = new Set(["password", "passwd", "push_secret", "secret", "api_key", "token", "pin", "private_key"]);
/** Whom a site belongs to and to whom it talks is decided at the site: a mistake here could not be mended from afar. */
const SITE_KEYS: ReadonlySet<string> = new Set(["collector_id", "central"]);

export interface ForbiddenKey {
  readonly path: readonly (string | number)[];
  readonly words: string;
}

/** The first key that a pushed configuration may not hold; undefined when there is none. `value`: as read from the YAML. */
export function forbiddenKey(value: unknown): ForbiddenKey | undefined {
  if (isRecord(value)) {
    for (const key of Object.keys(value)) {
      if (SITE_KEYS.has(key)) return { path: [key], words: `${key} is set at the site only` };
    }
  }
  return secretIn(value, []);
}

function secretIn(value: unknown, path: readonly (string | number)[]): ForbiddenKey | undefined {
  if (typeof value === "string" && hasLogin(value)) {
    return { path, words: `${keyOf(path)} holds a name and a password: leave them out of the address and use username and password_ref` };
  }
  const inner: readonly (readonly [string | number, unknown])[] = Array.isArray(value)
    ? value.map((one, at) => [at, one] as const)
    : isRecord(value)
      ? Object.entries(value)
      : [];
  for (const [key, one] of inner) {
    const at = [...path, key];
    if (typeof key === "string" && SECRET_KEYS.has(key.toLowerCase())) return { path: at, words: secretWords(at) };
    const found = secretIn(one, at);
    if (found !== undefined) return found;
  }
  return undefined;
}

const secretWords = (path: readonly (string | number)[]): string =>
  `${keyOf(path)} is a secret, which a configuration never carries: store it at the site (a camera names it by password_ref)`;

/** "cameras[1].password". */
export function keyOf(path: readonly (string | number)[]): string {
  return path.map((step, at) => (typeof step === "number" ? `[${step}]` : at === 0 ? step : `.${step}`)).join("") || "the file";
}

const hasLogin = (text: string): boolean => /^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]*@/i.test(text);
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

const FIRST_LINE = /^# revision (\d{1,15}), SHA-256 ([0-9a-f]{64})\b.*\n/;

/** The file at the site: one line that names revision and digest, then the text as it came. */
export function stampConfig(revision: number, digest: string, yaml: string): string {
  return `# revision ${revision}, SHA-256 ${digest} of what follows; written by central, change it there\n${yaml}`;
}

/** What such a file says of itself; undefined for one that central did not write. Whether the digest is right is for the caller to check. */
export function stampOf(file: string): { readonly revision: number; readonly digest: string; readonly yaml: string } | undefined {
  const [line, revision, digest] = FIRST_LINE.exec(file) ?? [];
  if (line === undefined || revision === undefined || digest === undefined) return undefined;
  return { revision: Number(revision), digest, yaml: file.slice(line.length) };
}
