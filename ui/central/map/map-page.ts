/** Every camera on the map: grey when it watches, red when a person is needed; a click opens its site. */
import { useLocation } from "preact-iso";
import type { CollectorView } from "../../../shared/api/central-api.ts";
import { html } from "../../html.ts";
import { type MapPlace, MapView } from "../../parts/map-view.ts";
import { EmptyState, ErrorState } from "../../parts/state-panel.ts";
import { MAP } from "../../words/map-words.ts";
import { CAMERA_STATE } from "../../words/site-words.ts";
import { collectors, loadCollectors } from "../sites/collectors-state.ts";

export function MapPage() {
  const { route } = useLocation();
  const { value, problem } = collectors.value;
  if (value === undefined && problem !== undefined) return html`<${ErrorState} problem=${problem} onRetry=${loadCollectors} />`;
  const places = (value?.collectors ?? []).flatMap((collector) => together(placesOf(collector), collector.site));
  if (value !== undefined && places.length === 0) return html`<${EmptyState} title=${MAP.emptyTitle} text=${MAP.emptyText} />`;
  return html`<h1 class="visually-hidden">${MAP.title}</h1><${MapView} class="h-full" label=${MAP.title} places=${places} onPick=${(id: string) => route(`/sites/${id.split("/")[0]}`)} />`;
}

/** Cameras at one spot (most sites have one position only) are one pin that names the site: names on top of each other cannot be read. */
function together(places: readonly MapPlace[], site: string): MapPlace[] {
  const spots = new Map<string, MapPlace[]>();
  for (const place of places) {
    const spot = `${place.latitude},${place.longitude}`;
    spots.set(spot, [...(spots.get(spot) ?? []), place]);
  }
  return [...spots.values()].map((here) => {
    if (here.length === 1) return here[0]!;
    const tone = (["critical", "attention"] as const).find((one) => here.some((place) => place.tone === one)) ?? "plain";
    return { ...here[0]!, tone, name: MAP.cameras(site, here.length), label: here.map((place) => place.label).join("\n") };
  });
}

function placesOf(collector: CollectorView): MapPlace[] {
  const cameras = collector.cameras.length > 0 ? collector.cameras : [undefined];
  return cameras.flatMap((camera) => {
    const latitude = camera?.latitude ?? collector.latitude;
    const longitude = camera?.longitude ?? collector.longitude;
    if (latitude === null || longitude === null) return [];
    const [words, tone] = camera === undefined ? ["", ""] : CAMERA_STATE[camera.state];
    const silent = collector.link !== "connected";
    return [
      {
        id: `${collector.id}/${camera?.id ?? ""}`,
        latitude,
        longitude,
        name: camera?.name ?? collector.site,
        label: camera === undefined ? collector.site : `${camera.name}, ${collector.site}: ${silent ? collector.words : words}`,
        tone: tone === "critical" ? "critical" : silent ? "attention" : "plain",
      },
    ];
  });
}
