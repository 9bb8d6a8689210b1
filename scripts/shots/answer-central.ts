/** The dashboard's API over the sample world: enough of each answer for its page to be looked at. */
import type {
  BackupsAnswer,
  BundleImportAnswer,
  Coverage,
  NoticesAnswer,
  PlateRoute,
  PlateSummary,
  UnreadAnswer,
} from "../../shared/api/central-api.ts";
import type { DetectionView } from "../../shared/api/views.ts";
import type { Answerer, Asked, ShotState } from "./answerer.ts";
import { SAMPLE_CONFIG } from "./sample-commands.ts";
import { MISREAD } from "./sample-plates.ts";
import { iso, NOW_MS, type SampleWorld, sampleId } from "./sample-world.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

export const answerCentral: Answerer = (asked, world, state) => {
  const empty = state === "empty";
  const { path, method } = asked;
  const id = path.split("/")[2];
  if (path === "/auth/me")
    return { id: sampleId("user Dina Katz"), email: "dina@example.org", name: "Dina Katz", role: "admin", sites: [] };
  if (path === "/collectors" && method === "POST")
    return {
      collector: { id: sampleId("collector new") },
      api_key: "alpr_3n0Xv9sQm1b7uJrT5dWcYkEoHfLaPzGi2Nq8BxVt4Us",
      central_public_keys: {
        ed25519: "x7Qm2nV0cQ9bTd4uYw1sLr8eKfJhGa5ZpXo3iNvBtRk",
        x25519: "h3Jk8sWq2mZxP0vLr7TnYc5bGd1FeUa9iKoVtQyN4Xs",
      },
    };
  if (path === "/collectors") return { collectors: empty ? [] : world.collectors };
  if (path === "/bundles") return sampleImport(world);
  if (path === "/notices") return notices(world, empty);
  if (/^\/collectors\/[^/]+\/commands$/.test(path) && method === "POST") return world.commands.find((one) => one.state === "refused");
  if (/^\/collectors\/[^/]+\/commands$/.test(path)) return { commands: empty ? [] : world.commands };
  if (/^\/collectors\/[^/]+\/config$/.test(path)) return { wanted_revision: 4, running_revision: 3, yaml: SAMPLE_CONFIG };
  if (path === "/health/backups") return backupsAnswer(empty);
  if (path === "/unread-records") return unreadRecords(world, empty);
  if (path === "/users") return { users: empty ? world.users.slice(0, 1) : world.users };
  if (path === "/detections/search") return search(asked, world, state);
  if (path === "/alerts") return alerts(asked, world, empty);
  if (path.startsWith("/alerts/") && method === "GET") return world.alerts.find((item) => item.id === id);
  if (path === "/watchlists/decisions") return { decisions: empty ? [] : world.decisions };
  if (path === "/watchlists") return { watchlists: empty ? [] : world.watchlists };
  if (/^\/watchlists\/[^/]+\/entries$/.test(path))
    return { entries: world.entries.filter((entry) => entry.watchlist_id === id), next_cursor: null };
  if (path.endsWith("/route")) return route(id ?? "", world);
  if (path.startsWith("/plates/")) return summary(id ?? "", empty);
  return undefined;
};

function ofPlate(world: SampleWorld, plate: string): DetectionView[] {
  return world.detections.filter((one) => one.plate === plate);
}

function search(asked: Asked, world: SampleWorld, state: ShotState) {
  const plate = asked.body.plate as string | undefined;
  const limit = Number(asked.body.limit ?? 50);
  const from = Number(asked.body.cursor ?? 0);
  const all =
    state === "empty"
      ? []
      : plate === undefined
        ? world.detections
        : plate === MISREAD.truth && asked.body.match !== "exact"
          ? world.detections.filter((one) => one.plate === plate || one.plate === MISREAD.read).map(explained)
          : ofPlate(world, plate);
  const coverage: Coverage = {
    from: iso(NOW_MS - 30 * DAY_MS),
    to: iso(NOW_MS),
    gaps:
      plate === undefined || state === "empty"
        ? []
        : [
            {
              camera_id: sampleId("camera Orchard Road"),
              camera: "Orchard Road",
              site: "Orchard School",
              offline_ms: 3 * HOUR_MS,
              since: null,
            },
          ],
    behind:
      plate === undefined || state === "empty"
        ? []
        : [{ site: "Route 59", collector_id: sampleId("collector Route 59"), waiting: 212, last_contact_at: iso(NOW_MS - 840_000) }],
  };
  const page = all.slice(from, from + limit);
  return { detections: page, next_cursor: from + limit < all.length ? String(from + limit) : null, coverage };
}

function explained(detection: DetectionView): DetectionView {
  const differs = detection.plate === MISREAD.read;
  return {
    ...detection,
    explanation: {
      kind: differs ? "confusable" : "exact",
      plate: detection.plate!,
      pattern: MISREAD.truth,
      differences: differs ? [{ at: MISREAD.at, read: "8", wanted: "B" }] : [],
    },
  };
}

function alerts(asked: Asked, world: SampleWorld, empty: boolean) {
  const states = asked.query.get("state")?.split(",");
  const all = empty ? [] : world.alerts;
  const counts = { new: 0, acknowledged: 0, verified: 0, escalated: 0, dismissed: 0 };
  for (const item of all) counts[item.state]++;
  return { alerts: all.filter((item) => states === undefined || states.includes(item.state)), next_cursor: null, counts };
}

function backupsAnswer(empty: boolean): BackupsAnswer {
  const words =
    "Only one backup of central was verified, so the edges are your backup: 41 days left at Oak Hill. Run: npm run central -- backup DIR, then backup-verify DIR.";
  const at = iso(NOW_MS - 3 * HOUR_MS);
  const one = { id: sampleId("backup"), kind: "postgres-base", label: "central-2026-11-22T03-30-00Z", made_at: at, verified_at: at };
  return { standing: { state: "edges-are-backup", level: "warning", words, days_left: 41, site: "Oak Hill" }, backups: empty ? [] : [one] };
}

function unreadRecords(world: SampleWorld, empty: boolean): UnreadAnswer {
  const one = world.collectors[0];
  if (empty || one === undefined) return { records: [], open: 0 };
  const { id: collector_id, site, time_zone } = one;
  const why = "this release does not know the kind";
  const at = iso(NOW_MS - 3 * HOUR_MS);
  return {
    records: [{ rid: sampleId("unread"), seq: 8_214, kind: "kind 16", version: 1, why, at, collector_id, site, time_zone }],
    open: 1,
  };
}

function notices(world: SampleWorld, empty: boolean): NoticesAnswer {
  const one = world.collectors[1];
  if (empty || one === undefined) return { notices: [], open: 0 };
  const words =
    "A device with another key uses this collector's API key. What it sends is kept and marked until an administrator confirms it.";
  const raised_at = iso(NOW_MS - 2 * HOUR_MS);
  const { site, time_zone } = one;
  return {
    notices: [{ id: "1", code: "unconfirmed-key", level: "warning", words, collector_id: one.id, site, time_zone, raised_at }],
    open: 1,
  };
}

function route(plate: string, world: SampleWorld): PlateRoute {
  const cameras = world.collectors.flatMap((one) => one.cameras);
  const stops = ofPlate(world, plate).slice(0, 12).reverse();
  return {
    plate,
    stops: stops.map((one) => {
      const camera = cameras.find((candidate) => candidate.id === one.camera_id);
      return {
        detection_id: one.id,
        captured_at: one.captured_at,
        site: one.site,
        camera: one.camera,
        latitude: camera?.latitude ?? null,
        longitude: camera?.longitude ?? null,
        direction: one.direction,
      };
    }),
  };
}

function summary(plate: string, empty: boolean): PlateSummary {
  const days = Array.from({ length: 42 }, (_, at): [string, number] => [
    iso(NOW_MS - at * DAY_MS).slice(0, 10),
    (at * 7) % 11 < 4 ? (at * 5) % 7 : 0,
  ]);
  const week = Array.from({ length: 7 }, (_, day) =>
    Array.from({ length: 24 }, (__, hour) =>
      hour >= 1 && hour <= 4 ? (day * 3 + hour * 5) % 6 : hour === 17 && day < 5 ? 4 : (day * 11 + hour * 7) % 13 === 0 ? 1 : 0,
    ),
  );
  return {
    plate,
    detections: empty ? 0 : 64,
    first_seen: empty ? null : iso(NOW_MS - 41 * DAY_MS),
    last_seen: empty ? null : iso(NOW_MS - 9_000),
    days: empty ? [] : days.filter(([, n]) => n > 0).reverse(),
    week: empty ? week.map((hours) => hours.map(() => 0)) : week,
    sites: [],
    look_alikes: empty
      ? []
      : [
          { plate: MISREAD.read, detections: 3 },
          { plate: "ABC1Z3", detections: 1 },
        ],
  };
}

/** A bundle of which one log is missing its earlier part. */
function sampleImport(world: SampleWorld): BundleImportAnswer {
  return {
    bundle: "b1".repeat(16),
    collector_id: world.collectors[1]!.id,
    whole: true,
    words: [
      "214 new records of the 226 in this bundle, made 2026-11-22T02:10:41.000Z.",
      "430 new pictures.",
      "The receipt goes back to the site: only with it does the site know what arrived.",
    ],
    records: 214,
    images: 430,
    logs: [{ log: "a1".repeat(16), class: "detections", from: 0, to: 226, before: 12, next: 226, trouble: null }],
    receipt: Buffer.from("a receipt").toString("base64"),
  };
}
