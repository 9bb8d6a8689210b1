/** A few line icons, drawn here so that nothing is fetched. Decoration only: words stand beside them. */
import { html } from "../html.ts";

const PATHS = {
  live: "M4 12a8 8 0 0 1 16 0M8 12a4 4 0 0 1 8 0M12 12v.01",
  alerts: "M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5h4",
  search: "M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14zm5 12 4 4",
  map: "M4 6l5-2 6 2 5-2v14l-5 2-6-2-5 2zM9 4v14M15 6v14",
  lists: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  sites: "M12 21s-7-6.2-7-11a7 7 0 0 1 14 0c0 4.800-7 11-7 11zM12 8a2 2 0 1 1 0 4 2 2 0 0 1 0-4z",
  admin: "M4 7h10M18 7h2M4 17h2M10 17h10M16 5v4M8 15v4",
  camera: "M3 8h11l2 2h5v6h-5l-2 2H3zM8.500 11a2 2 0 1 1 0 4 2 2 0 0 1 0-4z",
  plus: "M12 5v14M5 12h14",
  person: "M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4 20c1.500-3.500 4.500-5 8-5s6.500 1.500 8 5",
  close: "M6 6l12 12M18 6L6 18",
  check: "M5 12.500l4.500 4.500L19 7",
  sound: "M4 10v4h4l5 4V6L8 10zM16.500 9a4 4 0 0 1 0 6",
  carry: "M8 10h8v8.500a2.500 2.500 0 0 1-2.500 2.500h-3a2.500 2.500 0 0 1-2.500-2.500zM9.500 10V4h5v6M11 6.500h.01M13 6.500h.01",
  more: "M6 12h.01M12 12h.01M18 12h.01",
} as const;
export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return html`<svg width=${size} height=${size} viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" style="flex:none"><path d=${PATHS[name]} /></svg>`;
}
