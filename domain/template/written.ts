import { z } from 'zod';

/**
 * NUL and halves of surrogate pairs (which no UTF-8 can hold) would change silently on their way
 * through the database and the providers, so they are refused.
 */
const UNSTORABLE = /\0|\p{Surrogate}/u;

function text(max: number) {
  return z
    .string()
    .max(max, `is longer than ${String(max)} characters`)
    .refine((value) => !UNSTORABLE.test(value), 'holds NUL or half of a surrogate pair');
}

/** Words somebody must have written, of at most so many characters. */
export function filled(max: number) {
  return text(max).refine((value) => value.trim() !== '', 'is empty');
}
