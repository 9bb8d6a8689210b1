/**
 * Credit of one log, absolute: the receiver names the first seq it would not accept yet, and how many sent but unacknowledged bytes it
 * bears. Absolute, so that a credit that arrives twice, or after a newer one was lost, grants nothing twice. Zero means "keep it":
 * backpressure, never rejection.
 */
export interface Credit {
  /** Records with seq below this may be sent. */
  readonly nextAccepted: number;
  /** Most bytes sent and not yet acknowledged. */
  readonly bytesOutstanding: number;
}

export const NO_CREDIT: Credit = { nextAccepted: 0, bytesOutstanding: 0 };

/** Anything sendable from `fromSeq` at all, while nothing is outstanding? */
export function isZeroFor(credit: Credit, fromSeq: number): boolean {
  return credit.nextAccepted <= fromSeq || credit.bytesOutstanding <= 0;
}

export interface Waiting {
  /** Seq of the first record of `sizes`. */
  readonly fromSeq: number;
  /** Bytes on their way already. */
  readonly outstandingBytes: number;
  /** Bytes of each waiting record, in order. */
  readonly sizes: readonly number[];
}

/**
 * How many of the waiting records fit. One record always fits an otherwise empty way, however small the byte figure (but not zero):
 * a record larger than the credit would wait for ever.
 */
export function countWithinCredit(credit: Credit, { fromSeq, outstandingBytes, sizes }: Waiting): number {
  if (isZeroFor(credit, fromSeq)) return 0;
  const most = Math.min(sizes.length, credit.nextAccepted - fromSeq);
  let bytes = outstandingBytes;
  for (let count = 0; count < most; count++) {
    bytes += sizes[count]!;
    const isAlone = count === 0 && outstandingBytes === 0;
    if (bytes > credit.bytesOutstanding && !isAlone) return count;
  }
  return most;
}

/** What a receiver grants that holds records below `next` and has room for so much more. */
export function grantCredit(next: number, freeRecords: number, freeBytes: number): Credit {
  return { nextAccepted: next + Math.max(0, Math.floor(freeRecords)), bytesOutstanding: Math.max(0, Math.floor(freeBytes)) };
}

/** A larger credit is one of the few things that may trigger a send; the same one again is not. */
export function isLarger(credit: Credit, before: Credit): boolean {
  return credit.nextAccepted > before.nextAccepted || credit.bytesOutstanding > before.bytesOutstanding;
}
