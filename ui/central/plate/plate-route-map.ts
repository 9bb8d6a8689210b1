/** Where a plate was, in order: numbered stops joined by a line, and the same as a list. */
import { html } from "../../html.ts";
import { type MapPlace, MapView } from "../../parts/map-view.ts";
import { ErrorState } from "../../parts/state-panel.ts";
import { PLATE } from "../../words/search-words.ts";
import { loadPlate, plateDetections, plateRoute } from "./plate-state.ts";

/** More stops than this make a knot, not a route; the newest are shown. */
const STOPS_MAX = 40;

export function PlateRouteMap() {
  const { value, problem } = plateRoute.value;
  if (problem !== undefined)
    return html`<${ErrorState} problem=${problem} onRetry=${() => value && loadPlate({ plate: value.plate, reason: "other" })} />`;
  const stops = (value?.stops ?? [])
    .slice(-STOPS_MAX)
    .flatMap((stop) =>
      stop.latitude === null || stop.longitude === null ? [] : [{ ...stop, latitude: stop.latitude, longitude: stop.longitude }],
    );
  const zone = plateDetections.value.value?.detections[0]?.time_zone ?? "UTC";
  // One pin per place, marked with its last stop: pins on top of each other cannot be read.
  const places = new Map<string, MapPlace>();
  stops.forEach((stop, at) => {
    const key = `${stop.latitude},${stop.longitude}`;
    places.set(key, {
      id: key,
      latitude: stop.latitude,
      longitude: stop.longitude,
      label: `${stop.camera}, ${stop.site}, ${new Date(stop.captured_at).toLocaleString("en-US", { timeZone: zone })}`,
      tone: at === stops.length - 1 ? "lit" : "plain",
      mark: String(at + 1),
    });
  });
  return html`<${MapView} class="flex-1 min-h-[320px]" label=${PLATE.route} places=${[...places.values()]} route=${stops.map((stop) => [stop.latitude, stop.longitude] as const)} />`;
}
