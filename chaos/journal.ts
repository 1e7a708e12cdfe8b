import { appendFileSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { Customer, Sight } from './shop/customer.ts';

/**
 * What was done to Kairos from outside, line by line: the only thing the auditor is told. A call is
 * written down before it is made, and once more when it was answered with success.
 */
const Line = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('customer'), customer: Customer }),
  z.strictObject({
    kind: z.literal('calls'),
    customer: z.string(),
    /** Tracking calls of one request, in order. */
    calls: z.array(z.record(z.string(), z.unknown())),
    /** Epoch ms. */
    at: z.number(),
    saw: Sight.nullable(),
  }),
  z.strictObject({
    kind: z.literal('request'),
    customer: z.string(),
    journey: z.string(),
    key: z.string(),
    at: z.number(),
  }),
  /** The customer's last call was answered: from here on it must never be lost. */
  z.strictObject({ kind: z.literal('answered'), customer: z.string(), at: z.number() }),
  z.strictObject({ kind: z.literal('refused'), customer: z.string(), status: z.number() }),
  /** What the villain did, to which part, and from when to when (epoch ms). */
  z.strictObject({
    kind: z.literal('deed'),
    to: z.string(),
    from: z.number(),
    until: z.number(),
  }),
]);
export type Line = z.infer<typeof Line>;
export type Deed = Pick<Extract<Line, { kind: 'deed' }>, 'to' | 'from' | 'until'>;

/** Everything said by and about one customer, in order. */
export interface CustomerRecord {
  customer: Customer;
  said: Said[];
  refused: number[];
}

export interface Said {
  what: Extract<Line, { kind: 'calls' | 'request' }>;
  answered: boolean;
}

/** The journal as it is written. One program writes it; each line is on its way to the disk at once. */
export class Journal {
  readonly file: string;
  /** Calls answered so far. */
  answered = 0;

  constructor(file: string) {
    this.file = file;
  }

  write(line: Line): void {
    if (line.kind === 'answered') this.answered += 1;
    appendFileSync(this.file, `${JSON.stringify(line)}\n`);
  }
}

/** A journal read back: what each customer said, and what the villain did meanwhile. */
export interface Chronicle {
  records: CustomerRecord[];
  deeds: Deed[];
}

/** Reads a journal back. @throws when it is not one */
export function readJournal(file: string): Chronicle {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  const parsed = lines.map((line) => Line.parse(JSON.parse(line)));
  const deeds = parsed.flatMap((line) => (line.kind === 'deed' ? [line] : []));
  return { records: recordsOf(parsed), deeds };
}

export function recordsOf(lines: readonly Line[]): CustomerRecord[] {
  const records = new Map<string, CustomerRecord>();
  for (const line of lines) {
    if (line.kind === 'deed') continue;
    if (line.kind === 'customer') {
      records.set(line.customer.id, { customer: line.customer, said: [], refused: [] });
      continue;
    }
    const record = records.get(line.customer);
    if (record === undefined) throw new Error(`the journal knows no customer ${line.customer}`);
    if (line.kind === 'refused') record.refused.push(line.status);
    else if (line.kind === 'answered') {
      const last = record.said.at(-1);
      if (last !== undefined) last.answered = true;
    } else record.said.push({ what: line, answered: false });
  }
  return [...records.values()];
}
