/** The detection in full: scene, plate crop and its facts. */
import type { DetectionView } from "../../shared/api/views.ts";
import { html } from "../html.ts";
import { confidenceWords, DETECTION, DIRECTION_WORDS, uncertaintyWords, vehicleWords } from "../words/detection-words.ts";
import { passedWords } from "../words/time-words.ts";
import { CropPicture, pickImage } from "./crop-picture.ts";
import { PassedTime } from "./passed-time.ts";
import { PlateBadge } from "./plate-badge.ts";

const SCENE = ["full", "vehicle"] as const;

export interface DetectionFactsProps {
  detection: DetectionView;
  href?: string | undefined;
  onOpenPicture?: () => void;
}

export function DetectionFacts({ detection, href, onOpenPicture }: DetectionFactsProps) {
  const vehicle = vehicleWords(detection.vehicle);
  const { captured_at: at, received_at: received, uncertainty_ms: uncertaintyMs, time_zone: zone } = detection;
  const passed = passedWords(Date.parse(at), uncertaintyMs, Date.parse(received), zone);
  const rows: [string, unknown][] = [
    [
      DETECTION.captured,
      html`<${PassedTime} detection=${detection} show="absolute" /> <span class="tiny">${passed.explained ?? uncertaintyWords(detection.uncertainty_ms)}</span>`,
    ],
    [DETECTION.camera, `${detection.camera}, ${detection.site}`],
    [DETECTION.asRead, detection.plate_read ?? "—"],
    [DETECTION.confidence, confidenceWords(detection)],
    [DETECTION.direction, DIRECTION_WORDS[detection.direction] + (detection.lane === null ? "" : `, lane ${detection.lane}`)],
  ];
  if (detection.unconfirmed_key) rows.push([DETECTION.signedBy, DETECTION.signedByUnconfirmed]);
  if (vehicle !== "") rows.push([DETECTION.vehicle, vehicle]);
  if (detection.speed_kmh !== null) rows.push([DETECTION.speed, `${Math.round(detection.speed_kmh)} km/h`]);
  if (detection.revisions.length > 0)
    rows.push([DETECTION.revisions, detection.revisions.map((one) => one.plate_read ?? one.plate ?? DETECTION.noPlate).join(", ")]);
  // Some cameras send the plate alone; it then has the large frame.
  const hasScene = pickImage(detection.images, SCENE) !== undefined;
  return html`<div class="flex flex-col gap-3">
    <${CropPicture} images=${detection.images} roles=${hasScene ? SCENE : ["crop"]} alt=${`${hasScene ? DETECTION.scene : DETECTION.crop}, ${detection.camera}`} width="100%" height="16:9" whole=${!hasScene} onOpen=${onOpenPicture} />
    <div class="flex flex-wrap items-center justify-between gap-3">
      <${PlateBadge} plate=${detection.plate} region=${detection.region} explanation=${detection.explanation} size="l" href=${href} />
      ${hasScene ? html`<div class="flex-1 min-w-[92px] max-w-[132px]"><${CropPicture} images=${detection.images} roles=${["crop"]} alt=${DETECTION.crop} width="100%" height="60px" onOpen=${onOpenPicture} /></div>` : null}
    </div>
    ${detection.test ? html`<p><span class="tag test">${DETECTION.test}</span></p>` : null}
    <dl class="facts">${rows.map(([name, value]) => html`<dt key=${name}>${name}</dt><dd>${value}</dd>`)}</dl>
  </div>`;
}
