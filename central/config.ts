/** The only reader of the environment. Every setting is optional; a wrong one stops the start with one sentence that names it. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

export interface S3Settings {
  readonly endpoint: string;
  readonly bucket: string;
  readonly bulkBucket: string | null;
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
}

export interface BackupSettings {
  readonly dir: string;
  /** Minute of the day, UTC. */
  readonly atMinute: number;
  /** Verified copies that stay. */
  readonly keep: number;
}

export interface CentralConfig {
  readonly host: string;
  readonly port: number;
  /** Origin that browsers use, without a trailing slash; null: whatever the Host header says. */
  readonly publicUrl: string | null;
  readonly databaseUrl: string;
  readonly migrateDatabaseUrl: string | null;
  readonly retentionDatabaseUrl: string | null;
  readonly readDatabaseUrl: string | null;
  readonly dataDir: string;
  /** Folder with PostgreSQL's programs, for backup-verify; null: where they are found. */
  readonly postgresBin: string | null;
  /** 32 bytes from CHAVERIM_SECRET_KEY; null: the key file in the data folder. */
  readonly secretKey: Uint8Array | null;
  readonly s3: S3Settings | null;
  readonly bulkDir: string | null;
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly telegramToken: string | null;
  readonly telegramApi: string | null;
  readonly smtpUrl: string | null;
  readonly mailFrom: string | null;
  readonly vapidSubject: string | null;
  readonly adminEmail: string | null;
  readonly adminPassword: string | null;
  readonly logLevel: LogLevel;
  /** New sessions of edges let in a second; the others are told when to come. */
  readonly hellosPerSecond: number;
  /** Backups that central makes by itself; null: none. */
  readonly backups: BackupSettings | null;
  /** Folder that is watched for bundles; null: none. */
  readonly bundlesInbox: string | null;
}

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting that is wrong: one sentence, which begins with the setting's name. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

const PREFIX = "CHAVERIM_";
const PLAIN = [
  "LISTEN",
  "PUBLIC_URL",
  "DATABASE_URL",
  "MIGRATE_DATABASE_URL",
  "RETENTION_DATABASE_URL",
  "READ_DATABASE_URL",
  "DATA_DIR",
  "POSTGRES_BIN",
  "S3_ENDPOINT",
  "S3_BUCKET",
  "S3_BULK_BUCKET",
  "S3_REGION",
  "BULK_DIR",
  "TLS_CERT",
  "TLS_KEY",
  "TELEGRAM_API",
  "MAIL_FROM",
  "VAPID_SUBJECT",
  "ADMIN_EMAIL",
  "LOG_LEVEL",
  "HELLOS_PER_SECOND",
  "BUNDLES_INBOX",
  "BACKUP_DIR",
  "BACKUP_AT",
  "BACKUP_KEEP",
] as const;
const SECRET = ["SECRET_KEY", "S3_ACCESS_KEY", "S3_SECRET_KEY", "TELEGRAM_TOKEN", "SMTP_URL", "ADMIN_PASSWORD"] as const;
/** Settings of other programs of this project, which may share the environment. */
const OTHERS = /^CHAVERIM_(EDGE_|TEST_|NO_SKIP$|DEMO_)/;

/** Reads the environment; throws ConfigError. Unknown CHAVERIM_ names are refused: a misspelt setting must not be silently the default. */
export function readConfig(env: Environment): CentralConfig {
  refuseUnknown(env);
  const text = (name: (typeof PLAIN)[number] | (typeof SECRET)[number]): string | null => setting(env, name);
  const { host, port } = parseListen(text("LISTEN") ?? "127.0.0.1:8080");
  const dataDir = resolve(text("DATA_DIR") ?? "data");
  return {
    host,
    port,
    publicUrl: parseOrigin("PUBLIC_URL", text("PUBLIC_URL")),
    databaseUrl: parseDatabase("DATABASE_URL", text("DATABASE_URL")) ?? `pglite:${resolve(dataDir, "central")}`,
    migrateDatabaseUrl: parseDatabase("MIGRATE_DATABASE_URL", text("MIGRATE_DATABASE_URL")),
    retentionDatabaseUrl: parseDatabase("RETENTION_DATABASE_URL", text("RETENTION_DATABASE_URL")),
    readDatabaseUrl: parseDatabase("READ_DATABASE_URL", text("READ_DATABASE_URL")),
    dataDir,
    postgresBin: text("POSTGRES_BIN"),
    secretKey: parseSecretKey(text("SECRET_KEY")),
    s3: parseS3(text),
    bulkDir: text("BULK_DIR"),
    tls: parseTls(text("TLS_CERT"), text("TLS_KEY")),
    telegramToken: text("TELEGRAM_TOKEN"),
    telegramApi: text("TELEGRAM_API"),
    smtpUrl: text("SMTP_URL"),
    mailFrom: text("MAIL_FROM"),
    vapidSubject: text("VAPID_SUBJECT"),
    adminEmail: text("ADMIN_EMAIL"),
    adminPassword: text("ADMIN_PASSWORD"),
    logLevel: parseLevel(text("LOG_LEVEL") ?? "info"),
    hellosPerSecond: parseCount("HELLOS_PER_SECOND", text("HELLOS_PER_SECOND") ?? "50", 10_000),
    backups: parseBackups(text),
    bundlesInbox: text("BUNDLES_INBOX") === null ? null : resolve(text("BUNDLES_INBOX")!),
  };
}

function fail(name: string, why: string): never {
  throw new ConfigError(`${PREFIX}${name}: ${why}`);
}

function refuseUnknown(env: Environment): void {
  const known = new Set<string>([...PLAIN, ...SECRET].map((name) => PREFIX + name));
  for (const name of SECRET) known.add(`${PREFIX}${name}_FILE`);
  for (const name of Object.keys(env)) {
    if (name.startsWith(PREFIX) && !known.has(name) && !OTHERS.test(name)) throw new ConfigError(`${name}: there is no such setting`);
  }
}

function setting(env: Environment, name: (typeof PLAIN)[number] | (typeof SECRET)[number]): string | null {
  const direct = env[PREFIX + name];
  const file = (SECRET as readonly string[]).includes(name) ? env[`${PREFIX}${name}_FILE`] : undefined;
  if (file === undefined || file === "") return direct === undefined || direct === "" ? null : direct;
  if (direct) fail(name, `is set both directly and by ${PREFIX}${name}_FILE; use one`);
  let text = "";
  try {
    text = readFileSync(file, "utf8").trim();
  } catch {
    fail(`${name}_FILE`, `the file ${file} cannot be read`);
  }
  if (text === "") fail(`${name}_FILE`, `the file ${file} is empty`);
  return text;
}

function parseListen(text: string): { host: string; port: number } {
  const parts = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(text);
  const port = Number(parts?.[3]);
  if (parts === null || port > 65_535) fail("LISTEN", `"${text}" is not address:port, for example 127.0.0.1:8080`);
  return { host: parts[1] ?? (parts[2] || "0.0.0.0"), port };
}

function parseOrigin(name: string, text: string | null): string | null {
  if (text === null) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== "/" || url.search !== "" || url.username !== "") {
    fail(name, `"${text}" is not an address like https://central.example.org`);
  }
  return url.origin;
}

function parseDatabase(name: string, text: string | null): string | null {
  if (text === null || /^postgres(ql)?:\/\/./.test(text) || /^pglite:./.test(text)) return text;
  // The text itself may hold a password: it is not repeated.
  return fail(name, "must begin with pglite: (and a folder) or postgres://");
}

function parseSecretKey(text: string | null): Uint8Array | null {
  if (text === null) return null;
  const bytes = Buffer.from(text, /^[0-9a-f]{64}$/i.test(text) ? "hex" : "base64");
  if (bytes.length !== 32) fail("SECRET_KEY", "must be 32 bytes, as 64 hex digits or base64");
  return new Uint8Array(bytes);
}

function parseS3(text: (name: (typeof PLAIN)[number] | (typeof SECRET)[number]) => string | null): S3Settings | null {
  const endpoint = text("S3_ENDPOINT");
  if (endpoint === null) {
    if (text("S3_BUCKET") !== null) fail("S3_ENDPOINT", "must be set when CHAVERIM_S3_BUCKET is");
    return null;
  }
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) fail("S3_ENDPOINT", "is not an http(s) address");
  const need = (name: "S3_BUCKET" | "S3_ACCESS_KEY" | "S3_SECRET_KEY"): string =>
    text(name) ?? fail(name, "must be set when CHAVERIM_S3_ENDPOINT is");
  const bucket = need("S3_BUCKET");
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
    fail("S3_BUCKET", `"${bucket}" is not a bucket name (3 to 63 lower-case characters)`);
  return {
    endpoint,
    bucket,
    bulkBucket: text("S3_BULK_BUCKET"),
    accessKey: need("S3_ACCESS_KEY"),
    secretKey: need("S3_SECRET_KEY"),
    region: text("S3_REGION") ?? "us-east-1",
  };
}

function parseTls(certFile: string | null, keyFile: string | null): { cert: string; key: string } | null {
  if (certFile === null && keyFile === null) return null;
  if (certFile === null) fail("TLS_CERT", "must be set when CHAVERIM_TLS_KEY is");
  if (keyFile === null) fail("TLS_KEY", "must be set when CHAVERIM_TLS_CERT is");
  return { cert: readPem("TLS_CERT", certFile), key: readPem("TLS_KEY", keyFile) };
}

function readPem(name: string, file: string): string {
  let text = "";
  try {
    text = readFileSync(file, "utf8");
  } catch {
    fail(name, `the file ${file} cannot be read`);
  }
  if (!text.includes("-----BEGIN ")) fail(name, `the file ${file} is not PEM`);
  return text;
}

function parseCount(name: string, text: string, max: number): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= max ? count : fail(name, `"${text}" is not a whole number from 1 to ${max}`);
}

function parseBackups(text: (name: (typeof PLAIN)[number]) => string | null): BackupSettings | null {
  const dir = text("BACKUP_DIR");
  const [at, keep] = [text("BACKUP_AT"), text("BACKUP_KEEP")];
  if (dir === null) {
    if (at !== null || keep !== null) fail("BACKUP_DIR", "must be set when CHAVERIM_BACKUP_AT or CHAVERIM_BACKUP_KEEP is");
    return null;
  }
  const time = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(at ?? "03:30");
  if (time === null) fail("BACKUP_AT", `"${at}" is not a time of day, UTC, such as 03:30`);
  const count = parseCount("BACKUP_KEEP", keep ?? "7", 365);
  if (count < 2) fail("BACKUP_KEEP", "must be at least 2: edges rely on the two newest");
  return { dir: resolve(dir), atMinute: Number(time[1]) * 60 + Number(time[2]), keep: count };
}

function parseLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text);
  return level ?? fail("LOG_LEVEL", `"${text}" is none of ${LOG_LEVELS.join(", ")}`);
}
