/** What a page knows of something it asks a program for. While it asks again, the last value stays, so nothing jumps. */
import { type Signal, signal } from "@preact/signals";
import type { Answer, Problem } from "./api-client.ts";

export interface Loaded<T> {
  readonly value: T | undefined;
  readonly problem: Problem | undefined;
  readonly loading: boolean;
}

/** A signal that holds nothing yet and is not asking. */
export function notLoaded<T>(): Signal<Loaded<T>> {
  return signal<Loaded<T>>({ value: undefined, problem: undefined, loading: false });
}

/** Asks, and puts the answer into the signal. An answer overtaken by a later question is dropped. */
export async function load<T>(into: Signal<Loaded<T>>, ask: () => Promise<Answer<T>>): Promise<void> {
  const asked = { value: into.peek().value, problem: undefined, loading: true };
  into.value = asked;
  const answer = await ask();
  if (into.peek() !== asked) return;
  into.value = answer.ok
    ? { value: answer.value, problem: undefined, loading: false }
    : { value: asked.value, problem: answer.problem, loading: false };
}
