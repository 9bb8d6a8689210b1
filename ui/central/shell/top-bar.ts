/** Quick search (`/` focuses it), whether the page is live, and the person. */
import { useLocation } from "preact-iso";
import { pageAddress } from "../../data/url-state.ts";
import { html, type InputEventOf, useEffect, useRef, useState } from "../../html.ts";
import { ConnectionState } from "../../parts/connection-state.ts";
import { Icon } from "../../parts/icon.ts";
import { ThemeSwitch } from "../../parts/theme-switch.ts";
import { ACCOUNT, ROLE_WORDS } from "../../words/account-words.ts";
import { SHELL } from "../../words/shell-words.ts";
import { link } from "../live-feed.ts";
import { session, signOut } from "../session-state.ts";

export function TopBar() {
  const { route } = useLocation();
  const box = useRef<HTMLInputElement | null>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || typing(event.target)) return;
      event.preventDefault();
      box.current?.focus();
      box.current?.select();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  const search = (event: Event) => {
    event.preventDefault();
    const plate = box.current?.value.trim() ?? "";
    if (plate === "") return;
    // The plate goes behind #: the search page asks for the reason before anything is looked up.
    route(pageAddress("/search", {}, { plate, match: plate.includes("?") || plate.includes("*") ? "wildcard" : "confusable" }));
    box.current!.value = "";
  };
  return html`<header class="top-bar">
    <a href="/" class="brand" aria-label=${ACCOUNT.product}><span class="brand-mark" aria-hidden="true"></span><span class="brand-words">${ACCOUNT.product}</span></a>
    <form role="search" class="quick-search" onSubmit=${search}>
      <span class="quick-search-icon"><${Icon} name="search" size=${18} /></span>
      <input ref=${box} class="input plate-input" type="text" enterkeyhint="search" autocomplete="off" autocapitalize="characters" spellcheck=${false} maxlength="16" aria-label=${SHELL.quickSearch} placeholder=${SHELL.quickSearch} title=${SHELL.quickSearchHint} />
      <kbd aria-hidden="true">/</kbd>
    </form>
    <span class="top-link"><${ConnectionState} state=${link.value} /></span>
    <${PersonMenu} />
  </header>`;
}

function PersonMenu() {
  const [open, setOpen] = useState(false);
  const place = useRef<HTMLDivElement | null>(null);
  useEffect(() => {
    if (!open) return;
    const onAway = (event: Event) => {
      if (event instanceof KeyboardEvent ? event.key === "Escape" : !place.current?.contains(event.target as Node)) setOpen(false);
    };
    addEventListener("pointerdown", onAway);
    addEventListener("keydown", onAway);
    return () => {
      removeEventListener("pointerdown", onAway);
      removeEventListener("keydown", onAway);
    };
  }, [open]);
  const now = session.value;
  if (now.kind !== "in") return null;
  return html`<div class="relative" ref=${place}>
    <button type="button" class="button plain" aria-expanded=${open} aria-haspopup="true" aria-label=${`${SHELL.person}: ${now.me.name}`} onClick=${() => setOpen(!open)}>
      <${Icon} name="person" /><span class="hidden md:inline">${now.me.name}</span>
    </button>
    ${
      open
        ? html`<div class="panel absolute right-0 top-full mt-1 p-4 w-[260px] z-30 flex flex-col gap-4 enter">
          <div><p class="heading">${now.me.name}</p><p class="quiet break-words">${now.me.email}</p><p class="quiet">${ROLE_WORDS[now.me.role]}</p></div>
          <${ThemeSwitch} />
          <button type="button" class="button" onClick=${signOut}>${ACCOUNT.signOut}</button>
        </div>`
        : null
    }
  </div>`;
}

/** Keys are left alone where somebody writes. */
export function typing(target: EventTarget | null): boolean {
  const element = target as InputEventOf["currentTarget"] | null;
  return element !== null && (/^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName ?? "") || element.isContentEditable === true);
}
