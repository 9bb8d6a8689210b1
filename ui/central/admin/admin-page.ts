/** Admin: people with their roles and sites, and adding a collector. */
import type { Role, UserView } from "../../../shared/api/central-api.ts";
import { html, type InputEventOf, useEffect, useState } from "../../html.ts";
import { ErrorState, LoadingRows } from "../../parts/state-panel.ts";
import { TimeText } from "../../parts/time-text.ts";
import { ROLE_WORDS } from "../../words/account-words.ts";
import { ADMIN, SITES } from "../../words/sites-page-words.ts";
import { session } from "../session-state.ts";
import { collectors } from "../sites/collectors-state.ts";
import { AddCollectorDialog } from "./add-collector-dialog.ts";
import { AddPersonDialog } from "./add-person-dialog.ts";
import { changePerson, loadPeople, people } from "./admin-state.ts";
import { Backups } from "./backups.ts";
import { UnreadRecords } from "./unread-records.ts";

export function AdminPage() {
  const [open, setOpen] = useState<"none" | "person" | "collector">("none");
  useEffect(() => {
    void loadPeople();
  }, []);
  const { value, problem } = people.value;
  const known = collectors.value.value?.collectors ?? [];
  return html`<div class="page">
    <h1 class="title">${ADMIN.title}</h1>
    <section class="stack"><div class="row justify-between"><h2 class="heading">${ADMIN.collectors}</h2><button type="button" class="button primary" onClick=${() => setOpen("collector")}>${ADMIN.addCollector}</button></div>
      <ul class="panel overflow-hidden">${known.length === 0 ? html`<li class="p-4 quiet">${SITES.emptyText}</li>` : known.map((one) => html`<li key=${one.id} class="entry-row"><a class="flex-1 font-medium" href=${`/sites/${one.id}`}>${one.site}</a><code class="tiny">${one.id}</code><span class="tiny">${SITES.state[one.link]}</span></li>`)}</ul></section>
    <section class="stack"><div class="row justify-between"><h2 class="heading">${ADMIN.people}</h2><button type="button" class="button" onClick=${() => setOpen("person")}>${ADMIN.addPerson}</button></div>
      <div class="panel overflow-hidden">
        ${value === undefined ? (problem !== undefined ? html`<${ErrorState} problem=${problem} onRetry=${loadPeople} />` : html`<${LoadingRows} rows=${3} height=${60} awaited=${ADMIN.people} />`) : html`<ul>${value.map((one) => html`<${PersonRow} key=${one.id} person=${one} />`)}</ul>`}
      </div></section>
    <${Backups} />
    <${UnreadRecords} />
    ${open === "person" ? html`<${AddPersonDialog} onClose=${() => setOpen("none")} />` : null}
    ${open === "collector" ? html`<${AddCollectorDialog} onClose=${() => setOpen("none")} />` : null}
  </div>`;
}

const ROLES = Object.entries(ROLE_WORDS) as [Role, string][];

function PersonRow({ person }: { person: UserView }) {
  const now = session.value;
  const self = now.kind === "in" && now.me.id === person.id;
  const known = collectors.value.value?.collectors ?? [];
  const sites =
    person.sites.length === 0 ? ADMIN.allSites : person.sites.map((id) => known.find((one) => one.site_id === id)?.site ?? id).join(", ");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return html`<li class="entry-row"><div class="flex-1"><p class="row"><span class="font-semibold">${person.name}</span>${person.disabled ? html`<span class="tag">${ADMIN.disabled}</span>` : null}</p>
      <p class="quiet break-words">${person.email} · ${sites}</p><p class="tiny">${ADMIN.lastSignIn} <${TimeText} at=${person.last_sign_in_at} zone=${zone} /></p></div>
    <select class="input" style="width:auto" aria-label=${`${ADMIN.role}: ${person.name}`} disabled=${self} value=${person.role} onChange=${(event: InputEventOf<HTMLSelectElement>) => changePerson(person, { role: event.currentTarget.value as Role })}>
      ${ROLES.map(([role, words]) => html`<option key=${role} value=${role} selected=${role === person.role}>${words}</option>`)}</select>
    <button type="button" class="button small" disabled=${self} onClick=${() => changePerson(person, { disabled: !person.disabled })}>${person.disabled ? ADMIN.enable : ADMIN.disable}</button></li>`;
}
