/** A new account: name, email, role, the sites it may see, and a first password to hand over. */
import type { Role } from "../../../shared/api/central-api.ts";
import { html, type InputEventOf, useState } from "../../html.ts";
import { Dialog } from "../../parts/dialog.ts";
import { Segmented } from "../../parts/segmented.ts";
import { FormField } from "../../parts/sign-in-form.ts";
import { ACCOUNT, ROLE_WORDS } from "../../words/account-words.ts";
import { ADMIN } from "../../words/sites-page-words.ts";
import { collectors } from "../sites/collectors-state.ts";
import { addPerson } from "./admin-state.ts";

const ROLES = Object.entries(ROLE_WORDS) as [Role, string][];

export function AddPersonDialog({ onClose }: { onClose: () => void }) {
  const [role, setRole] = useState<Role>("operator");
  const [sites, setSites] = useState<readonly string[]>([]);
  const [words, setWords] = useState("");
  const known = [...new Map((collectors.value.value?.collectors ?? []).map((one) => [one.site_id, one.site])).entries()];
  const submit = async (event: Event) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const field = (name: string) => String(data.get(name) ?? "").trim();
    const answer = await addPerson({
      name: field("name"),
      email: field("email"),
      password: String(data.get("password") ?? ""),
      role,
      sites: [...sites],
    });
    if (answer.ok) onClose();
    else setWords(answer.problem.words);
  };
  const toggle = (id: string) => (event: InputEventOf) =>
    setSites(event.currentTarget.checked ? [...sites, id] : sites.filter((one) => one !== id));
  return html`<${Dialog} title=${ADMIN.addPerson} onClose=${onClose}><form class="flex flex-col gap-4" onSubmit=${submit}>
    <${FormField} name="name" label=${ADMIN.name} autocomplete="off" />
    <${FormField} name="email" label=${ADMIN.email} type="email" autocomplete="off" />
    <div class="field"><span>${ADMIN.role}</span><${Segmented} name="role" label=${ADMIN.role} value=${role} options=${ROLES} onChange=${setRole} wide /></div>
    <fieldset class="field"><legend>${ADMIN.sites}</legend>${sites.length === 0 ? html`<small>${ADMIN.allSites}</small>` : null}
      ${known.map(([id, name]) => html`<label key=${id} class="row min-h-[36px]"><input type="checkbox" checked=${sites.includes(id)} onChange=${toggle(id)} />${name}</label>`)}</fieldset>
    <${FormField} name="password" label=${ADMIN.password} type="password" autocomplete="new-password" minlength=${12} hint=${ACCOUNT.passwordHint} />
    <p role="alert" class="text-critical empty:hidden">${words}</p>
    <button class="button primary">${ADMIN.addPerson}</button></form><//>`;
}
