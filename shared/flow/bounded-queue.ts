/** A queue with a name, a bound and a stated fate for what comes when it is full. */

/** `refuse`: the new item stays with the caller. `drop-oldest`: the queue keeps what is newest, and hands back what it gave up. */
export type OnFull = "refuse" | "drop-oldest";

export type PushOutcome<T> =
  | { readonly kind: "queued" }
  | { readonly kind: "refused" }
  | { readonly kind: "queued-dropping"; readonly dropped: T };

export interface BoundedQueue<T> {
  readonly name: string;
  readonly max: number;
  readonly size: () => number;
  readonly push: (item: T) => PushOutcome<T>;
  /** Up to `most` items, oldest first; they leave the queue. */
  readonly take: (most: number) => T[];
  readonly peek: () => T | undefined;
  /** Items refused or dropped since it was made: a loss that someone must be able to read. */
  readonly overflowed: () => number;
}

export interface QueueOptions {
  readonly name: string;
  readonly max: number;
  readonly onFull: OnFull;
}

export function createBoundedQueue<T>({ name, max, onFull }: QueueOptions): BoundedQueue<T> {
  if (!Number.isSafeInteger(max) || max < 1) throw new Error(`queue ${name}: its bound must be a whole number of at least 1`);
  // A ring that grows up to the bound: `shift` on a long array would move every item.
  let ring: (T | undefined)[] = new Array<T | undefined>(Math.min(max, 16)).fill(undefined);
  let first = 0;
  let size = 0;
  let overflowed = 0;

  const shift = (): T => {
    const item = ring[first] as T;
    ring[first] = undefined;
    first = (first + 1) % ring.length;
    size--;
    return item;
  };
  const append = (item: T): void => {
    if (size === ring.length) {
      ring = [...ring.slice(first), ...ring.slice(0, first), ...new Array<undefined>(Math.min(size, max - size)).fill(undefined)];
      first = 0;
    }
    ring[(first + size) % ring.length] = item;
    size++;
  };

  return {
    name,
    max,
    size: () => size,
    push: (item) => {
      if (size < max) {
        append(item);
        return { kind: "queued" };
      }
      overflowed++;
      if (onFull === "refuse") return { kind: "refused" };
      const dropped = shift();
      append(item);
      return { kind: "queued-dropping", dropped };
    },
    take: (most) => Array.from({ length: Math.max(0, Math.min(most, size)) }, shift),
    peek: () => (size === 0 ? undefined : (ring[first] as T)),
    overflowed: () => overflowed,
  };
}
