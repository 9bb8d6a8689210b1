/**
 * A small, repeatable world for looking at the pages: detections, alerts, lists and health in the shapes of the real APIs. It serves the
 * screenshots only; tests and the demo use the real programs.
 */
import { createHash } from "node:crypto";
import type { CollectorView, CommandView, EntryDecisionView, UserView } from "../../shared/api/central-api.ts";
import type { AlertItemView, CameraView, DetectionView, EntryView, WatchlistView } from "../../shared/api/views.ts";
import type { Explanation } from "../../shared/model/alert.ts";
import { type SeededRandom, seededRandom } from "../demo/town/seeded-random.ts";
import { sampleCommands } from "./sample-commands.ts";
import { CARS, MISREAD, type SampleCar, SITES, ZONE } from "./sample-plates.ts";

/** 02:12 at the sites: every time in the pictures is relative to it. */
export const NOW_MS = Date.UTC(2026, 10, 22, 7, 12, 0);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export interface SampleWorld {
  readonly detections: readonly DetectionView[];
  readonly alerts: readonly AlertItemView[];
  readonly collectors: readonly CollectorView[];
  readonly commands: readonly CommandView[];
  readonly watchlists: readonly WatchlistView[];
  readonly decisions: readonly EntryDecisionView[];
  readonly entries: readonly EntryView[];
  readonly users: readonly UserView[];
  /** The car that every picture's digest stands for. */
  readonly pictures: ReadonlyMap<string, SamplePicture>;
}
export interface SamplePicture {
  readonly car: SampleCar;
  readonly camera: string;
  readonly kind: "crop" | "scene";
  readonly atMs: number;
}

export const iso = (ms: number): string => new Date(ms).toISOString();
const digest = (text: string): string => createHash("sha256").update(text).digest("hex");
/** A UUID that is the same on every run. */
export const sampleId = (name: string): string => digest(name).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");

/** Builds the world; `detections` is how many the feed holds. */
export function makeSampleWorld(detectionCount: number): SampleWorld {
  const random = seededRandom("shots");
  const pictures = new Map<string, SamplePicture>();
  const detections: DetectionView[] = [];
  let atMs = NOW_MS - 9_000;
  for (let at = 0; at < detectionCount; at++) {
    const car = at === 0 ? CARS[0]! : at % 23 === 11 ? CARS[0]! : random.pick(CARS.slice(1));
    detections.push(sampleDetection({ at, car, atMs, random, pictures, misread: at === 0 }));
    atMs -= random.whole(6, 210) * 1000;
  }
  const entries = sampleEntries();
  return {
    detections,
    pictures,
    entries,
    alerts: sampleAlerts(detections, entries),
    collectors: sampleCollectors(random),
    commands: sampleCommands(NOW_MS, sampleId),
    watchlists: sampleLists(entries),
    decisions: sampleDecisions(),
    users: sampleUsers(),
  };
}

interface Draft {
  at: number;
  car: SampleCar;
  atMs: number;
  random: SeededRandom;
  pictures: Map<string, SamplePicture>;
  misread: boolean;
}

function sampleDetection({ at, car, atMs, random, pictures, misread }: Draft): DetectionView {
  const site = at === 0 ? SITES[0]! : random.pick(SITES);
  const camera = at === 0 ? site.cameras[0]! : random.pick(site.cameras);
  const id = sampleId(`detection ${at}`);
  const read = misread ? MISREAD.read : at % 31 === 17 ? null : car.plate;
  const image = (role: "crop" | "full") => {
    // A picture per car and camera is enough: drawing thousands would take minutes.
    const sha256 = digest(`${role} ${car.plate} ${camera.name} ${at < 12 ? at : "later"}`);
    pictures.set(sha256, { car, camera: camera.name, kind: role === "crop" ? "crop" : "scene", atMs });
    const state = at % 19 === 7 ? "on-its-way" : at % 29 === 13 ? "on-edge" : "stored";
    return { role, sha256, bytes: role === "crop" ? 18_000 : 64_000, state } as const;
  };
  return {
    id,
    pass: at % 9 === 4 ? sampleId(`detection ${at - 1}`) : id,
    plate: read,
    plate_read: read === null ? null : `${read.slice(0, 3)} ${read.slice(3)}`,
    confidence: misread ? 81 : random.whole(88, 99),
    confidence_scale: 100,
    region: car.region,
    direction: random.pick(["approaching", "leaving"] as const),
    lane: random.whole(1, 2),
    vehicle: { type: car.type, colour: car.color, make: car.make, model: null },
    speed_kmh: random.whole(24, 58),
    box: null,
    captured_at: iso(atMs),
    uncertainty_ms: 40,
    received_at: iso(atMs + 640),
    collector_id: sampleId(`collector ${site.name}`),
    camera_id: sampleId(`camera ${camera.name}`),
    camera: camera.name,
    site_id: sampleId(`site ${site.name}`),
    site: site.name,
    time_zone: ZONE,
    test: at === 6,
    late: at === 40,
    images: [image("full"), image("crop")],
    revisions: [],
  };
}

function explain(plate: string, pattern: string): Explanation {
  if (/[?*]/.test(pattern)) return { kind: "wildcard", plate, pattern, differences: [] };
  const differences = [...plate].flatMap((read, at) => (read === pattern[at] ? [] : [{ at, read, wanted: pattern[at]! }]));
  return { kind: differences.length === 0 ? "exact" : "confusable", plate, pattern, differences };
}

function sampleAlerts(detections: readonly DetectionView[], entries: readonly EntryView[]): AlertItemView[] {
  // Which pass of which entry's plate (the newest is 0), so that every picture shows the plate that its alert names.
  const chosen: [nth: number, entry: number, state: AlertItemView["state"]][] = [
    [0, 0, "new"],
    [0, 1, "new"],
    [0, 2, "acknowledged"],
    [0, 3, "acknowledged"],
    [1, 0, "verified"],
    [2, 0, "escalated"],
    [3, 0, "dismissed"],
  ];
  return chosen.map(([nth, entryAt, state], at) => {
    const entry = entries[entryAt]!;
    const wanted = entry.pattern.replace("*", "4471");
    const source = detections.filter((one) => one.plate === wanted || (entryAt === 0 && one.plate === MISREAD.read))[nth]!;
    const plate = source.plate!;
    const detection: DetectionView = {
      ...source,
      images: source.images.map((image) => (at < 2 ? { ...image, state: "stored" as const } : image)),
    };
    const who = "Dina Katz";
    const op = (verb: AlertItemView["work"][number]["verb"], minutes: number, more = {}) => ({
      id: sampleId(`op ${at} ${verb}`),
      verb,
      author: who,
      at: iso(Date.parse(detection.captured_at) + minutes * MINUTE),
      text: null,
      outcome: null,
      to: null,
      how: null,
      reference: null,
      ...more,
    });
    const work = {
      new: [],
      acknowledged: [op("acknowledge", 1)],
      verified: [op("acknowledge", 1), op("verify", 2, { outcome: "it-is-them" })],
      escalated: [
        op("acknowledge", 1),
        op("verify", 2, { outcome: "it-is-them" }),
        op("escalate", 4, { to: "Sgt. Alvarez, Ramapo Police", how: "call", reference: "2026-11-4471" }),
      ],
      dismissed: [op("dismiss", 2, { outcome: "not-them", text: "The same model, another plate frame." })],
    }[state];
    const finding = {
      id: sampleId(`alert ${at}`),
      entry_id: entry.id,
      watchlist_id: entry.watchlist_id,
      watchlist: entryAt === 1 ? "County stolen vehicles" : "Break-ins",
      owner: entryAt === 1 ? "Rockland County" : "Dina Katz",
      critical: entryAt === 1,
      reason: entry.reason,
      expires_at: entry.expires_at,
      explanation: explain(plate, entry.pattern),
      detection_id: detection.id,
      raised_by: ["edge" as const, "central" as const],
    };
    return {
      id: sampleId(`item ${at}`),
      state,
      late: at === 5,
      test: entryAt === 2,
      critical: entryAt === 1,
      raised_at: detection.captured_at,
      detection,
      detections: at === 0 ? 3 : 1,
      alerts: [finding],
      work,
    };
  });
}

function sampleEntries(): EntryView[] {
  const rows: [string, string, string, number][] = [
    ["ABC123", "Seen at two break-ins on Maple", "white Toyota Camry", 5 * DAY],
    ["KLM*", "Stolen vehicle, county bulletin 1182", "black SUV", 20 * DAY],
    ["W57PLK", "Test of the site cameras", "white van", 12 * HOUR],
    ["JGT2260", "Circling the school at night", "red pickup", 2 * DAY],
    ["T90RSE", "Package thefts, Orchard Road", "", -1 * DAY],
  ];
  return rows.map(([pattern, reason, vehicle, leftMs], at) => ({
    id: sampleId(`entry ${at}`),
    watchlist_id: sampleId(at === 1 ? "list county" : "list break-ins"),
    pattern,
    reason,
    expires_at: iso(NOW_MS + leftMs),
    expired: leftMs < 0,
    vehicle,
    notes: at === 0 ? ["Left tail light is broken."] : [],
    added_by: "Dina Katz",
    added_at: iso(NOW_MS - 2 * DAY),
    changed_by: "Dina Katz",
    waiting: at === 3,
  }));
}

function sampleDecisions(): EntryDecisionView[] {
  return [
    {
      id: "conflict-1",
      kind: "conflict",
      watchlist_id: sampleId("list break-ins"),
      watchlist: "Break-ins",
      entry_id: sampleId("entry decided"),
      pattern: "KLM4821",
      reason: "seen at two break-ins",
      author: "Miriam Stein",
      changed_by: "Dina Katz",
      at: new Date(NOW_MS - 3 * HOUR).toISOString(),
    },
  ];
}

function sampleLists(entries: readonly EntryView[]): WatchlistView[] {
  const list = (key: string, name: string, owner: string, kind: WatchlistView["kind"], critical: boolean): WatchlistView => ({
    id: sampleId(`list ${key}`),
    name,
    owner,
    kind,
    differences_max: 1,
    critical,
    entries: entries.filter((entry) => entry.watchlist_id === sampleId(`list ${key}`)).length,
    sites: [],
  });
  return [
    list("break-ins", "Break-ins", "Dina Katz", "shared", false),
    list("county", "County stolen vehicles", "Rockland County", "shared", true),
    list("school", "Orchard School watch", "Orchard School", "site", false),
    { ...list("ours", "Our volunteers", "Dina Katz", "trusted", false), entries: 38 },
  ];
}

function sampleUsers(): UserView[] {
  const user = (name: string, email: string, role: UserView["role"], agoMs: number | null, disabled = false): UserView => ({
    id: sampleId(`user ${name}`),
    email,
    name,
    role,
    sites: role === "viewer" ? [sampleId("site Orchard School")] : [],
    disabled,
    last_sign_in_at: agoMs === null ? null : iso(NOW_MS - agoMs),
  });
  return [
    user("Dina Katz", "dina@example.org", "admin", 20 * MINUTE),
    user("Yossi Brenner", "yossi@example.org", "operator", 3 * HOUR),
    user("Miriam Adler", "miriam@example.org", "viewer", 4 * DAY),
    user("Eli Stern", "eli@example.org", "operator", null, true),
  ];
}

function sampleCollectors(random: SeededRandom): CollectorView[] {
  return SITES.map((site, at): CollectorView => {
    const silent = at === 2;
    const cameras = site.cameras.map((one, index): CameraView => {
      const broken = at === 1 && index === 1;
      const hours = Array.from({ length: 24 }, (_, hour) =>
        broken && hour > 19
          ? 0
          : Math.round((8 + 34 * Math.max(0, Math.sin(((hour + 3) / 24) * Math.PI * 2 - 1.2))) * random.between(0.7, 1.2)),
      );
      return {
        id: sampleId(`camera ${one.name}`),
        name: one.name,
        adapter: "hikvision",
        mode: index === 0 ? "stream" : "push",
        state: broken ? "silent" : "watching",
        detail: broken ? "No message for 3 h. Check its power and network." : "",
        last_message_at: iso(NOW_MS - (broken ? 3 * HOUR : 4_000)),
        last_detection_at: iso(NOW_MS - (broken ? 3 * HOUR : random.whole(9, 300) * 1000)),
        last_24h: hours,
        latitude: one.latitude,
        longitude: one.longitude,
      };
    });
    return {
      id: sampleId(`collector ${site.name}`),
      name: site.name,
      site_id: sampleId(`site ${site.name}`),
      site: site.name,
      time_zone: ZONE,
      latitude: site.latitude,
      longitude: site.longitude,
      link: silent ? "silent" : "connected",
      words: silent ? "Silent for 14 min. 212 records waited when last heard." : "Connected, up to date.",
      last_heartbeat_at: iso(NOW_MS - (silent ? 14 * MINUTE : 22_000)),
      lag_ms: silent ? 14 * MINUTE : 640,
      waiting: silent ? 212 : at === 1 ? 3 : 0,
      clock_quality: at === 1 ? 2 : 3,
      disk_free_bytes: [41.2e9, 88e9, 1.4e9][at]!,
      version: "0.1.0",
      wanted_config_revision: at === 1 ? 4 : 3,
      config_revision: 3,
      unconfirmed_key: at === 1,
      cameras,
      api_keys: [{ id: sampleId(`key ${at}`), prefix: "alpr_Zk3v", created_at: iso(NOW_MS - 9 * DAY), revoked_at: null }],
    };
  });
}
