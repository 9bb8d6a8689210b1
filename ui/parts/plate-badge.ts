/**
 * The plate, set like a plate. Characters that differ from the entry are underlined and their partner stands beneath, so that a person
 * sees at once what to compare in the picture.
 */
import type { Explanation } from "../../shared/model/alert.ts";
import { html } from "../html.ts";
import { DETECTION } from "../words/detection-words.ts";

export interface PlateBadgeProps {
  plate: string | null;
  region?: string | null;
  explanation?: Explanation | undefined;
  size?: "s" | "m" | "l" | "xl";
  /** Makes the badge a link. */
  href?: string | undefined;
}

export function PlateBadge({ plate, region, explanation, size = "m", href }: PlateBadgeProps) {
  if (plate === null) {
    return html`<span class="plate none s"><span class="plate-body"><span class="plate-characters">${DETECTION.noPlate}</span></span></span>`;
  }
  const differences = explanation?.kind === "confusable" ? explanation.differences : [];
  const partner = new Map(differences.map((one) => [one.at, one]));
  const characters = [...plate];
  const body = html`
    <span class="plate-body" aria-hidden="true">
      ${region ? html`<span class="plate-region">${regionShort(region)}</span>` : null}
      <span class="plate-characters">
        ${characters.map((character, at) => {
          const other = partner.get(at);
          return other === undefined
            ? html`<span key=${at} class="plate-character">${character}</span>`
            : html`<span key=${at} class="plate-character differs">${character}<span class="plate-partner">${other.wanted}</span></span>`;
        })}
      </span>
    </span>
    <span class="visually-hidden">${spokenPlate(plate, differences)}</span>`;
  const classes = `plate ${size}${differences.length > 0 ? " marked" : ""}`;
  return href === undefined ? html`<span class=${classes}>${body}</span>` : html`<a class=${classes} href=${href}>${body}</a>`;
}

/** "US-NY" shows as "NY": the country says little where every car has it. */
function regionShort(region: string): string {
  return region.split("-").at(-1) ?? region;
}

function spokenPlate(plate: string, differences: Explanation["differences"]): string {
  const marked = differences.map((one) => `, ${one.read} read where ${one.wanted} is wanted`).join("");
  return `Plate ${[...plate].join(" ")}${marked}`;
}
