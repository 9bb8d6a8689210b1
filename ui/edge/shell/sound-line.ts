/** Sound is off until a first tap: one line that says so and is that tap. */
import { html } from "../../html.ts";
import { Icon } from "../../parts/icon.ts";
import { SITE } from "../../words/site-page-words.ts";
import { soundOn, turnSoundOn } from "../alert-sound.ts";

export function SoundLine() {
  if (soundOn.value) return null;
  return html`<button type="button" class="link-line w-full text-left border-0 border-t border-solid border-line bg-raised cursor-pointer min-h-[44px]" title=${SITE.soundWhy} onClick=${turnSoundOn}><${Icon} name="sound" size=${18} />${SITE.soundOff}</button>`;
}
