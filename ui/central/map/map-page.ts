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
  const places = (value?.collectors ?? []).flatMap(placesOf);
  if (value !== undefined && places.length === 0) return html`<${EmptyState} title=${MAP.emptyTitle} text=${MAP.emptyText} />`;
  return html`<h1 class="visually-hidden">${MAP.title}</h1><${MapView} class="h-full" label=${MAP.title} places=${places} onPick=${(id: string) => route(`/sites/${id.split("/")[0]}`)} />`;
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
