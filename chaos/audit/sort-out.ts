import type { CustomerRecord } from '#chaos/journal.ts';
import type { Finding } from './findings.ts';
import type { Everything, Observed, SeenProfile } from './observed.ts';

/** Of everything that is there, one customer's part: by profile, by run, and by address or message. */
export function partOf(
  { customer }: Pick<CustomerRecord, 'customer'>,
  profile: SeenProfile | null,
  everything: Everything,
): Pick<Observed, 'runs' | 'messages' | 'letters'> {
  const runs = everything.runs.filter(({ profileId }) => profileId === profile?.id);
  const ids = new Set(runs.map(({ id }) => id));
  const messages = everything.messages.filter(({ runId }) => ids.has(runId));
  const sent = new Set<string | null>(messages.map(({ id }) => id));
  const addresses = new Set([customer.email, customer.phone, customer.token]);
  const letters = everything.letters.filter(
    ({ to, messageId }) => addresses.has(to) || sent.has(messageId),
  );
  return { runs, messages, letters };
}

/** What belongs to none of the customers and is there all the same: nobody asked for it. */
export function judgeLeftovers(everything: Everything, seen: Iterable<Observed>): Finding[] {
  const known = new Set<object>();
  for (const { runs, messages, letters } of seen) {
    for (const one of [...runs, ...messages, ...letters]) known.add(one);
  }
  const of = <T extends object>(all: readonly T[]): T[] => all.filter((one) => !known.has(one));
  const nobody = { customer: null, story: null };
  return [
    ...of(everything.runs).map(({ id, journey, status }): Finding => {
      return { ...nobody, kind: 'run of nobody', detail: `${id} of ${journey} (${status})` };
    }),
    ...of(everything.messages).map(({ id, channel, status }): Finding => {
      return { ...nobody, kind: 'message of nobody', detail: `${id} (${channel}, ${status})` };
    }),
    ...of(everything.letters).map(({ id, messageId }): Finding => {
      return { ...nobody, kind: 'letter of nobody', detail: `${id}, as ${String(messageId)}` };
    }),
  ];
}
