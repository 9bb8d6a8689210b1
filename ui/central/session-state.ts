/** Who is signed in at the dashboard, and the one client its pages ask with. */
import { signal } from "@preact/signals";
import type { Me } from "../../shared/api/central-api.ts";
import { type Answer, createApi, type Problem } from "../data/api-client.ts";

/** "asking" until the first answer; "gone" when the program could not be reached to ask. */
export type Session =
  | { readonly kind: "asking" }
  | { readonly kind: "out" }
  | { readonly kind: "gone"; readonly problem: Problem }
  | { readonly kind: "in"; readonly me: Me };
export const session = signal<Session>({ kind: "asking" });

export const api = createApi({
  base: "/api/v1",
  fetch: (input, init) => fetch(input, init),
  onSignedOut: () => {
    session.value = { kind: "out" };
  },
});

export async function askWhoIsSignedIn(): Promise<void> {
  const answer = await api.get<Me>("/auth/me");
  if (answer.ok) session.value = { kind: "in", me: answer.value };
  else if (answer.problem.kind !== "signed-out") session.value = { kind: "gone", problem: answer.problem };
}

/** After the connection failed: an answer that nobody is signed in ends the session here too; any other answer changes nothing. */
export async function checkSession(): Promise<void> {
  await api.get<Me>("/auth/me");
}

export async function signIn(email: string, password: string): Promise<Answer<unknown>> {
  const answer = await api.send("POST", "/auth/login", { email, password });
  if (answer.ok) await askWhoIsSignedIn();
  return answer;
}

export async function signOut(): Promise<void> {
  await api.send("POST", "/auth/logout");
  session.value = { kind: "out" };
}

/** What the pages offer; the API decides again on every request. */
export function may(act: "work-alerts" | "edit-lists" | "ask-sites" | "administer"): boolean {
  const now = session.value;
  if (now.kind !== "in") return false;
  return act === "administer" ? now.me.role === "admin" : now.me.role !== "viewer";
}
