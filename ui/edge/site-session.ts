/** Who is signed in at the site's page, how the edge stands, and the one client the page asks with. */
import { signal } from "@preact/signals";
import type { SiteStatus } from "../../shared/api/site-api.ts";
import { type Answer, createApi, type Problem } from "../data/api-client.ts";

export type SiteSession = "asking" | "out" | "in" | { readonly problem: Problem };
export const siteSession = signal<SiteSession>("asking");
export const status = signal<SiteStatus | undefined>(undefined);

export const api = createApi({
  base: "/api",
  fetch: (input, init) => fetch(input, init),
  onSignedOut: () => {
    siteSession.value = "out";
  },
});

export async function askSite(): Promise<void> {
  const answer = await api.get<SiteStatus>("/status");
  if (answer.ok) {
    status.value = answer.value;
    siteSession.value = "in";
  } else if (answer.problem.kind !== "signed-out") siteSession.value = { problem: answer.problem };
}

export async function signInHere(person: string, pin: string): Promise<Answer<unknown>> {
  const answer = await api.send("POST", "/sign-in", { person, pin });
  if (answer.ok) await askSite();
  return answer;
}

export async function signOutHere(): Promise<void> {
  await api.send("POST", "/sign-out");
  siteSession.value = "out";
}
