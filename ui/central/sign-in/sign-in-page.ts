/** Sign in at the dashboard; the page asked for shows right after. */
import { html } from "../../html.ts";
import { FormField, SignInForm } from "../../parts/sign-in-form.ts";
import { ACCOUNT } from "../../words/account-words.ts";
import { signIn } from "../session-state.ts";

export function SignInPage() {
  const submit = (values: Record<string, string>) => signIn((values.email ?? "").trim(), values.password ?? "");
  return html`<${SignInForm} title=${ACCOUNT.signInTitle} text=${ACCOUNT.signInText} action=${ACCOUNT.signIn} onSubmit=${submit}>
    <${FormField} name="email" label=${ACCOUNT.email} type="email" autocomplete="username" />
    <${FormField} name="password" label=${ACCOUNT.password} type="password" autocomplete="current-password" />
  <//>`;
}
