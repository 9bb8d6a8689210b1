/** The form a person meets first: it keeps what was typed when the answer is no. */
import type { Answer } from "../data/api-client.ts";
import { type ComponentChildren, html, useState } from "../html.ts";
import { ACCOUNT } from "../words/account-words.ts";

export interface SignInFormProps {
  title: string;
  text: string;
  action: string;
  /** The fields, each with a `name`. */
  children?: ComponentChildren;
  /** Called with the values by name. */
  onSubmit: (values: Record<string, string>) => Promise<Answer<unknown>>;
}

export function SignInForm({ title, text, action, children, onSubmit }: SignInFormProps) {
  const [busy, setBusy] = useState(false);
  const [words, setWords] = useState("");
  const submit = async (event: Event) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    setWords("");
    const answer = await onSubmit(Object.fromEntries([...data].map(([name, value]) => [name, String(value)])));
    setBusy(false);
    if (!answer.ok) setWords(answer.problem.words);
  };
  return html`<main class="min-h-[100dvh] flex items-center justify-center p-4">
    <form class="panel w-full max-w-[380px] p-6 flex flex-col gap-4" onSubmit=${submit}>
      <div class="stack gap-1"><p class="row mb-2"><span class="brand-mark" aria-hidden="true"></span><span class="font-semibold">${ACCOUNT.product}</span></p><h1 class="title">${title}</h1><p class="quiet">${text}</p></div>
      ${children}
      <p role="alert" class="text-critical text-[0.875rem] empty:hidden">${words}</p>
      <button class="button primary" disabled=${busy}>${busy ? ACCOUNT.signingIn : action}</button>
    </form>
  </main>`;
}

export interface FieldProps {
  name: string;
  label: string;
  type?: string;
  autocomplete?: string;
  hint?: string;
  minlength?: number;
  inputmode?: string;
  value?: string | undefined;
}

export function FormField({ name, label, type = "text", autocomplete, hint, minlength, inputmode, value }: FieldProps) {
  return html`<label class="field"><span>${label}</span>
    <input class="input" name=${name} type=${type} value=${value} autocomplete=${autocomplete} minlength=${minlength} inputmode=${inputmode} required />
    ${hint ? html`<small>${hint}</small>` : null}</label>`;
}
