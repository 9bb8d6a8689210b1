/** Name and PIN: names are offered where the edge tells them to strangers, the PIN is typed with the number pad. */
import { html, useEffect, useState } from "../../html.ts";
import { FormField, SignInForm } from "../../parts/sign-in-form.ts";
import { ACCOUNT } from "../../words/account-words.ts";
import { api, signInHere } from "../site-state.ts";

/** Whoever signed in last on this phone need not type the name again; the PIN is kept nowhere. */
const LAST_PERSON = "chaverim-person";

export function SiteSignIn() {
  const [people, setPeople] = useState<readonly string[] | undefined>(undefined);
  useEffect(() => {
    void api.get<{ people: string[] }>("/people").then((answer) => setPeople(answer.ok ? answer.value.people : undefined));
  }, []);
  const known = localStorage.getItem(LAST_PERSON) ?? undefined;
  const submit = async (values: Record<string, string>) => {
    const answer = await signInHere(values.person ?? "", values.pin ?? "");
    if (answer.ok) localStorage.setItem(LAST_PERSON, values.person ?? "");
    return answer;
  };
  return html`<${SignInForm} title=${ACCOUNT.signInTitle} text=${people?.length === 0 ? ACCOUNT.noPeople : ACCOUNT.siteSignInText} action=${ACCOUNT.signIn} onSubmit=${submit}>
    ${
      people === undefined
        ? html`<${FormField} name="person" label=${ACCOUNT.person} autocomplete="username" value=${known} />`
        : html`<label class="field"><span>${ACCOUNT.person}</span>
            <select class="input" name="person" required>
              ${people.length === 1 ? null : html`<option value="">${ACCOUNT.choosePerson}</option>`}
              ${people.map((name) => html`<option key=${name} value=${name} selected=${name === known}>${name}</option>`)}
            </select></label>`
    }
    <${FormField} name="pin" label=${ACCOUNT.pin} type="password" inputmode="numeric" autocomplete="current-password" hint=${ACCOUNT.pinHint} />
  <//>`;
}
