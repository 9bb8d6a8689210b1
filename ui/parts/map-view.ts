/**
 * A map: Leaflet made and destroyed here and nowhere else. Tiles come from OpenStreetMap where there is a network; when they cannot be
 * had, a plain grid takes their place and says so. Camera positions only reach pages of people who may see them.
 */
import type * as Leaflet from "leaflet";
import "leaflet/dist/leaflet.css";
import { html, useEffect, useRef, useState } from "../html.ts";
import { MAP } from "../words/map-words.ts";

export interface MapPlace {
  id: string;
  latitude: number;
  longitude: number;
  label: string;
  tone: "plain" | "lit" | "attention" | "critical";
  /** Always shown beside the pin; without it the label shows on hover. */
  name?: string;
  /** Shown inside the pin, as the number of a stop. */
  mark?: string;
}
export interface MapViewProps {
  places: readonly MapPlace[];
  /** Joined by a line, in order. */
  route?: readonly (readonly [latitude: number, longitude: number])[];
  label: string;
  class?: string;
  onPick?: (id: string) => void;
}
const TILES = "https://tile.openstreetmap.org/{z}/{x}/{y}.png";
/** This many failures without one success: there is no network for tiles. */
const TILE_FAILURES_MAX = 3;
const CLOSEST_ZOOM = 16;

export function MapView(props: MapViewProps) {
  const box = useRef<HTMLDivElement | null>(null);
  const made = useRef<{ lib: typeof Leaflet; map: Leaflet.Map; drawn: Leaflet.LayerGroup } | undefined>(undefined);
  const [plain, setPlain] = useState(false);
  const [ready, setReady] = useState(false);
  const pick = useRef(props.onPick);
  pick.current = props.onPick;

  useEffect(() => {
    let gone = false;
    let observer: ResizeObserver | undefined;
    void import("leaflet").then((lib) => {
      if (gone || box.current === null) return;
      const map = lib.map(box.current, { zoomControl: false, attributionControl: true, fadeAnimation: false }).setView([0, 0], 2);
      lib.control.zoom({ position: "topright" }).addTo(map);
      map.attributionControl.setPrefix(false);
      addGround(lib, map, () => setPlain(true));
      made.current = { lib, map, drawn: lib.layerGroup().addTo(map) };
      observer = new ResizeObserver(() => map.invalidateSize({ animate: false }));
      observer.observe(box.current);
      setReady(true);
    });
    return () => {
      gone = true;
      observer?.disconnect();
      made.current?.map.remove();
      made.current = undefined;
    };
  }, []);

  const positions = props.places.map((place) => `${place.id}@${place.latitude},${place.longitude}`).join(";");
  useEffect(() => {
    if (made.current === undefined) return;
    const { lib, drawn } = made.current;
    drawn.clearLayers();
    if (props.route !== undefined && props.route.length > 1) {
      lib
        .polyline(
          props.route.map(([a, b]) => [a, b] as [number, number]),
          { color: "var(--accent)", weight: 3, opacity: 0.85, interactive: false },
        )
        .addTo(drawn);
    }
    for (const place of props.places) {
      const pin = document.createElement("span");
      pin.className = `map-pin ${place.tone}`;
      pin.textContent = place.mark ?? "";
      lib
        .marker([place.latitude, place.longitude], {
          icon: lib.divIcon({ html: pin, className: "", iconSize: [24, 24] }),
          title: place.label,
          alt: place.label,
          keyboard: props.onPick !== undefined,
          zIndexOffset: place.tone === "plain" ? 0 : 500,
        })
        .bindTooltip(labelOf(place.name ?? place.label), {
          className: "map-label",
          // To the side that has more room: a long name at the edge of a phone would be cut off.
          direction: place.name === undefined ? "top" : "auto",
          offset: place.name === undefined ? [0, -10] : [12, 0],
          permanent: place.name !== undefined,
        })
        .on("click", () => pick.current?.(place.id))
        .addTo(drawn);
    }
  });
  useEffect(() => {
    if (made.current === undefined || props.places.length === 0) return;
    const bounds = made.current.lib.latLngBounds(props.places.map((place) => [place.latitude, place.longitude]));
    made.current.map.fitBounds(bounds, { padding: [40, 40], maxZoom: CLOSEST_ZOOM, animate: false });
  }, [ready, positions]);

  const note = ready && props.places.length === 0 ? MAP.nowhere : plain ? MAP.noTiles : "";
  return html`<div class=${`map ${props.class ?? ""}`} role="region" aria-label=${`${MAP.label}: ${props.label}`}>
    <div ref=${box}></div>${note === "" ? null : html`<span class="map-note">${note}</span>`}
  </div>`;
}

/** A text node: Leaflet would read a string as HTML, and names come from outside. */
function labelOf(text: string): HTMLElement {
  const label = document.createElement("span");
  label.textContent = text;
  return label;
}

function addGround(lib: typeof Leaflet, map: Leaflet.Map, onPlain: () => void): void {
  const tiles = lib.tileLayer(TILES, {
    maxZoom: 19,
    attribution: '&copy; <a href="https://www.openstreetmap.org/copyright" target="_blank" rel="noreferrer">OpenStreetMap</a>',
  });
  let failures = 0;
  let loaded = 0;
  tiles.on("tileload", () => {
    loaded++;
  });
  tiles.on("tileerror", () => {
    if (++failures < TILE_FAILURES_MAX || loaded > 0 || !map.hasLayer(tiles)) return;
    tiles.remove();
    const Grid = lib.GridLayer.extend({
      createTile: () => {
        const tile = document.createElement("div");
        tile.className = "map-grid-tile";
        return tile;
      },
    });
    const grid = new Grid() as Leaflet.GridLayer & { options: Leaflet.GridLayerOptions };
    grid.options.tileSize = 64;
    grid.addTo(map);
    onPlain();
  });
  tiles.addTo(map);
}
