/** What this phone does for the page, in words: the screen, the home screen, and what HTTPS would add. */
import { html } from "../../html.ts";
import { PHONE } from "../../words/phone-words.ts";
import { awake } from "../keep-awake.ts";

export function PhoneNotes() {
  const isStandalone = matchMedia("(display-mode: standalone)").matches;
  return html`<section class="stack gap-3" aria-label=${PHONE.title}>
    <h3 class="heading">${PHONE.title}</h3>
    <div><p class="font-medium">${PHONE.screen}</p><p class="quiet" role="status">${PHONE.awake[awake.value]}</p></div>
    ${isStandalone ? null : html`<div><p class="font-medium">${PHONE.homeScreen}</p><p class="quiet">${PHONE.homeScreenApple}</p><p class="quiet">${PHONE.homeScreenAndroid}</p></div>`}
    ${isSecureContext ? null : html`<div><p class="font-medium">${PHONE.plain}</p><p class="quiet">${PHONE.plainText}</p></div>`}
  </section>`;
}
