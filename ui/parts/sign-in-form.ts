/** The form a person meets first: it keeps what was typed when the answer is no. */
import type { Answer, Problem } from "../data/api-client.ts";
import { type ComponentChildren, html, useEffect, useRef, useState } from "../html.ts";
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
    const form = event.currentTarget as HTMLFormElement;
    const data = new FormData(form);
    setBusy(true);
    setWords("");
    const answer = await onSubmit(Object.fromEntries([...data].map(([name, value]) => [name, String(value)])));
    setBusy(false);
    if (answer.ok) return;
    setWords([answer.problem.words, triesWords(answer.problem)].filter((part) => part !== "").join(" "));
    // What was wrong is nearly always the secret: one types it again at once, over the old one.
    form.querySelector<HTMLInputElement>("input[type=password]")?.select();
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

function triesWords({ details }: Problem): string {
  const left = details?.tries_left;
  return typeof left === "number" ? ACCOUNT.triesLeft(left) : "";
}

export interface FieldProps {
  name: string;
  label: string;
  type?: string;
  autocomplete?: string;
  hint?: string;
  minlength?: number;
  inputmode?: string;
  autocapitalize?: string;
  value?: string | undefined;
  /** Typing starts here. */
  focus?: boolean;
}

export function FormField({
  name,
  label,
  type = "text",
  autocomplete,
  autocapitalize,
  hint,
  minlength,
  inputmode,
  value,
  focus,
}: FieldProps) {
  const input = useRef<HTMLInputElement | null>(null);
  useEffect(() => {
    if (focus) input.current?.focus();
  }, []);
  return html`<label class="field"><span>${label}</span>
    <input ref=${input} class="input" name=${name} type=${type} value=${value} autocomplete=${autocomplete} minlength=${minlength} inputmode=${inputmode} autocapitalize=${autocapitalize} spellcheck=${false} required />
    ${hint ? html`<small>${hint}</small>` : null}</label>`;
}
