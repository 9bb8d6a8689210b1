/** First administrator: opened from the one-use link in central's console. The token stands behind #, so no log has it. */
import { useLocation } from "preact-iso";
import { showToast } from "../../data/toasts.ts";
import { html } from "../../html.ts";
import { FormField, SignInForm } from "../../parts/sign-in-form.ts";
import { EmptyState } from "../../parts/state-panel.ts";
import { ACCOUNT } from "../../words/account-words.ts";
import { api, askWhoIsSignedIn, signIn } from "../session-state.ts";

export function SetUpPage() {
  const { route } = useLocation();
  const token = decodeURIComponent(location.hash.replace(/^#/, ""));
  if (token === "") return html`<main><${EmptyState} title=${ACCOUNT.setUpTitle} text=${ACCOUNT.setUpNoToken} /></main>`;
  const submit = async (values: Record<string, string>) => {
    const email = (values.email ?? "").trim();
    const password = values.password ?? "";
    const answer = await api.send("POST", "/auth/setup", { token, email, name: (values.name ?? "").trim(), password });
    if (answer.ok) {
      showToast(ACCOUNT.setUpDone);
      route("/", true);
      // Some servers sign the new administrator in at once; otherwise the fresh password does.
      const signedIn = await signIn(email, password);
      if (!signedIn.ok) await askWhoIsSignedIn();
    }
    return answer;
  };
  return html`<${SignInForm} title=${ACCOUNT.setUpTitle} text=${ACCOUNT.setUpText} action=${ACCOUNT.setUpAction} onSubmit=${submit}>
    <${FormField} name="name" label=${ACCOUNT.setUpName} autocomplete="name" />
    <${FormField} name="email" label=${ACCOUNT.email} type="email" autocomplete="username" />
    <${FormField} name="password" label=${ACCOUNT.password} type="password" autocomplete="new-password" minlength=${12} hint=${ACCOUNT.passwordHint} />
  <//>`;
}
