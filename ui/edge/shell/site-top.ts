/** The site's name, sound, and the person with what the phone does. */
import { html, useState } from "../../html.ts";
import { Dialog } from "../../parts/dialog.ts";
import { Icon } from "../../parts/icon.ts";
import { ThemeSwitch } from "../../parts/theme-switch.ts";
import { ACCOUNT } from "../../words/account-words.ts";
import { SITE } from "../../words/site-page-words.ts";
import { soundOn, turnSoundOff } from "../alert-sound.ts";
import { signOutHere, status } from "../site-session.ts";
import { PhoneNotes } from "./phone-notes.ts";

export function SiteTop() {
  const [open, setOpen] = useState(false);
  const now = status.value;
  return html`<div class="row justify-between px-4 py-2">
    <h1 class="title truncate">${now?.site.name ?? ""}</h1>
    <div class="row gap-1 shrink-0">
      ${
        soundOn.value
          ? html`<button type="button" class="button plain small" onClick=${turnSoundOff} title=${SITE.soundMute}><span class="text-healthy row gap-1"><${Icon} name="sound" size=${18} />${SITE.soundOn}</span></button>`
          : null
      }
      <button type="button" class="button plain small" aria-label=${now?.person ?? ACCOUNT.person} onClick=${() => setOpen(true)}><${Icon} name="person" /><span class="hidden md:inline">${now?.person}</span></button>
    </div>
  </div>
  ${
    open
      ? html`<${Dialog} title=${now?.person ?? ""} onClose=${() => setOpen(false)}>
          <div class="flex flex-col gap-4"><${ThemeSwitch} />
            <dl class="facts"><dt>${SITE.clock}</dt><dd>${now?.clock.words}</dd><dt>${SITE.storage}</dt><dd>${now?.storage.words}</dd><dt>${SITE.version}</dt><dd>${now?.version}</dd></dl>
            <${PhoneNotes} />
            <button type="button" class="button large" onClick=${signOutHere}>${ACCOUNT.signOut}</button></div>
        <//>`
      : null
  }`;
}
