/** Name and PIN. Names are not offered: the edge tells a stranger nobody's. The last one is kept on this phone, the PIN nowhere. */
import { html } from "../../html.ts";
import { FormField, SignInForm } from "../../parts/sign-in-form.ts";
import { ACCOUNT } from "../../words/account-words.ts";
import { signInHere } from "../site-session.ts";

const LAST_PERSON = "chaverim-person";

export function SiteSignIn() {
  const known = localStorage.getItem(LAST_PERSON) ?? undefined;
  const submit = async (values: Record<string, string>) => {
    const person = (values.person ?? "").trim();
    const answer = await signInHere(person, (values.pin ?? "").trim());
    if (answer.ok) localStorage.setItem(LAST_PERSON, person);
    return answer;
  };
  return html`<${SignInForm} title=${ACCOUNT.signInTitle} text=${ACCOUNT.siteSignInText} action=${ACCOUNT.signIn} onSubmit=${submit}>
    <${FormField} name="person" label=${ACCOUNT.person} autocomplete="username" autocapitalize="words" value=${known} focus=${known === undefined} />
    <${FormField} name="pin" label=${ACCOUNT.pin} type="password" inputmode="numeric" autocomplete="current-password" hint=${ACCOUNT.pinHint} focus=${known !== undefined} />
  <//>`;
}
