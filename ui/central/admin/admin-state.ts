/** People and new collectors: only an administrator sees these. */
import type { Role, UserView } from "../../../shared/api/central-api.ts";
import type { Answer } from "../../data/api-client.ts";
import { load, notLoaded } from "../../data/loaded.ts";
import { showToast } from "../../data/toasts.ts";
import { ADMIN } from "../../words/sites-page-words.ts";
import { api } from "../session-state.ts";
import { loadCollectors } from "../sites/collectors-state.ts";

export interface NewPerson {
  email: string;
  name: string;
  role: Role;
  password: string;
  sites: string[];
}
export interface NewCollector {
  name: string;
  site: { name: string; time_zone: string; latitude: number | null; longitude: number | null };
}
/** What POST /collectors answers: the key is in no later answer. */
export interface MadeCollector {
  collector: { id: string };
  api_key: string;
  central_public_keys: { ed25519: string; x25519: string };
}

export const people = notLoaded<readonly UserView[]>();

export function loadPeople(): Promise<void> {
  return load(people, async () => {
    const answer = await api.get<{ users: UserView[] }>("/users");
    return answer.ok ? { ok: true, value: answer.value.users } : answer;
  });
}

export async function addPerson(person: NewPerson): Promise<Answer<unknown>> {
  const answer = await api.send("POST", "/users", person);
  if (answer.ok) {
    showToast(ADMIN.added(person.name));
    void loadPeople();
  }
  return answer;
}

export async function changePerson(person: UserView, change: Partial<Pick<UserView, "role" | "sites" | "disabled">>): Promise<void> {
  const answer = await api.send("PATCH", `/users/${person.id}`, change);
  showToast(answer.ok ? ADMIN.changed(person.name) : answer.problem.words);
  void loadPeople();
}

export async function addCollector(wanted: NewCollector): Promise<Answer<MadeCollector>> {
  const answer = await api.send<MadeCollector>("POST", "/collectors", wanted);
  if (answer.ok) void loadCollectors();
  return answer;
}
