/** Filters of the feed: by site, camera and kind of vehicle; they live in the address. */
import { html, type InputEventOf } from "../../html.ts";
import { vehicleTypeWord } from "../../words/detection-words.ts";
import { LIVE } from "../../words/live-words.ts";
import { collectors } from "../sites/collectors-state.ts";
import { type LiveFilters, vehicleTypes } from "./live-state.ts";

export interface LiveFilterBarProps {
  filters: LiveFilters;
  onChange: (next: Record<string, string | undefined>) => void;
}

export function LiveFilterBar({ filters, onChange }: LiveFilterBarProps) {
  const known = collectors.value.value?.collectors ?? [];
  const sites = [...new Map(known.map((one) => [one.site_id, one.site])).entries()];
  const cameras = known
    .filter((one) => filters.site === undefined || one.site_id === filters.site)
    .flatMap((one) => one.cameras.map((camera) => [camera.id, `${camera.name}, ${one.site}`] as const));
  const vehicles = vehicleTypes.value.map((type) => [type, vehicleTypeWord(type)] as const);
  const current = { site: filters.site, camera: filters.camera, vehicle: filters.vehicle };
  return html`<div class="row flex-wrap gap-2 px-4 py-2 border-0 border-b border-solid border-line bg-surface">
    <h1 class="title mr-2 hidden md:block">${LIVE.title}</h1>
    <${Choice} label=${LIVE.site} all=${LIVE.allSites} value=${filters.site} options=${sites} onChange=${(site: string | undefined) => onChange({ ...current, site, camera: undefined })} />
    <${Choice} label=${LIVE.camera} all=${LIVE.allCameras} value=${filters.camera} options=${cameras} onChange=${(camera: string | undefined) => onChange({ ...current, camera })} />
    <${Choice} label=${LIVE.vehicle} all=${LIVE.allVehicles} value=${filters.vehicle} options=${vehicles} onChange=${(vehicle: string | undefined) => onChange({ ...current, vehicle })} />
    <span class="tiny ml-auto hidden xl:block">${LIVE.hint}</span>
  </div>`;
}

interface ChoiceProps {
  label: string;
  all: string;
  value: string | undefined;
  options: readonly (readonly [string, string])[];
  onChange: (value: string | undefined) => void;
}

export function Choice({ label, all, value, options, onChange }: ChoiceProps) {
  return html`<select class="input flex-1 md:flex-none" style="width:auto;min-width:0;max-width:220px" aria-label=${label} value=${value ?? ""} onChange=${(event: InputEventOf<HTMLSelectElement>) => onChange(event.currentTarget.value || undefined)}>
    <option value="">${all}</option>
    ${options.map(([id, words]) => html`<option key=${id} value=${id} selected=${id === value}>${words}</option>`)}
  </select>`;
}
