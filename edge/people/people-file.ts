import { hash, verify } from "@node-rs/argon2";
import type { CredentialStore } from "../config/credential-store.ts";

/**
 * The people of this site: name and Argon2id of a PIN, in the credential store. There is no default person and no default PIN. Hashing
 * takes tens of milliseconds and runs in native threads, off the main one.
 */
export interface Person {
  readonly name: string;
  readonly pinHash: string;
}

export const PIN_DIGITS_MIN = 6;
const PIN_DIGITS_MAX = 64;
const NAME_MAX = 60;
const PEOPLE_MAX = 200;
const FILE = "people";

export type AddOutcome =
  | { readonly kind: "added"; readonly name: string }
  | { readonly kind: "changed"; readonly name: string }
  | { readonly kind: "refused"; readonly words: string };

/** Adds a person, or gives a known one a new PIN. */
export async function addPerson(credentials: CredentialStore, name: string, pin: string): Promise<AddOutcome> {
  const trimmed = name.trim().replace(/\s+/g, " ");
  if (trimmed === "" || trimmed.length > NAME_MAX) return { kind: "refused", words: `A name has 1 to ${NAME_MAX} characters.` };
  if (!/^\d+$/.test(pin) || pin.length < PIN_DIGITS_MIN || pin.length > PIN_DIGITS_MAX) {
    return { kind: "refused", words: `A PIN has ${PIN_DIGITS_MIN} digits or more, and nothing but digits.` };
  }
  const people = readPeople(credentials);
  if (people.length >= PEOPLE_MAX) return { kind: "refused", words: `A site has at most ${PEOPLE_MAX} people.` };
  const person = { name: trimmed, pinHash: await hash(pin) };
  const known = people.some((one) => isSame(one.name, trimmed));
  const next = known ? people.map((one) => (isSame(one.name, trimmed) ? person : one)) : [...people, person];
  credentials.write(FILE, JSON.stringify(next));
  return { kind: known ? "changed" : "added", name: trimmed };
}

/** Read again at each sign-in, so that a person added while the edge runs can sign in at once. */
export function readPeople(credentials: CredentialStore): readonly Person[] {
  const text = credentials.read(FILE);
  if (text === null) return [];
  const parsed = parseJson(text);
  // Its content is hashes of PINs: it is named, never quoted.
  if (!Array.isArray(parsed)) throw new Error(`${credentials.pathOf(FILE)} is damaged. Remove it and add the people again.`);
  return parsed.filter((one): one is Person => typeof one?.name === "string" && typeof one?.pinHash === "string");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The person's own spelling of the name when name and PIN belong together; null otherwise, in about the same time. */
export async function checkPin(credentials: CredentialStore, name: string, pin: string): Promise<string | null> {
  const person = readPeople(credentials).find((one) => isSame(one.name, name.trim()));
  // An unknown name costs the same work: its absence must not be told by the clock.
  const right = await verify(person?.pinHash ?? (await decoy()), pin);
  return person !== undefined && right ? person.name : null;
}

export const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

let decoyHash: Promise<string> | undefined;
const decoy = (): Promise<string> => (decoyHash ??= hash("no one has this PIN"));
