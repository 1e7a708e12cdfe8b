import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { SaidConsent, StoredEvent } from '#domain/event/event.ts';
import { decide } from '#domain/message/gate.ts';
import { openFacts } from '#domain/message/gate.example.ts';
import { scopeFor, withRefusal, type Suppressed } from '#domain/message/suppression.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { NO_SEGMENTS } from '#domain/segment/catalogue.ts';
import { foldBatch } from './fold-batch.ts';
import type { Plan } from './plan.ts';

const NOW = Date.UTC(2026, 10, 22, 12);
const ADDRESS = 'family@shop.example';
const FAMILY = ['anna', 'bob', 'carl'];

/** What one of several customers of one address says of mails, `at` seconds after the first hour. */
interface Word {
  who: string;
  at: number;
  what: 'grant' | 'stamp' | 'refusal' | 'link';
}

const anyWord: fc.Arbitrary<Word> = fc.record({
  who: fc.constantFrom(...FAMILY),
  at: fc.integer({ min: 0, max: 9 }),
  what: fc.constantFrom('grant', 'stamp', 'refusal', 'link'),
});

/** In the order of arrival, which is not that of saying. */
const anyWords = fc.array(anyWord, { maxLength: 12 });

const CONSENTS: Record<Word['what'], SaidConsent | null> = {
  grant: { granted: true, source: 'form' },
  stamp: { granted: true, source: 'tracking' },
  refusal: { granted: false, source: 'preference centre' },
  link: null,
};

function eventOf({ who, at, what }: Word, index: number): StoredEvent {
  const said = CONSENTS[what];
  return {
    ...{ _id: `event-${String(index)}`, profileId: who, partition: 0, kind: 'track' },
    name: said === null ? 'Unsubscribed' : 'Consent Changed',
    ...{ occurredAt: NOW + at, receivedAt: NOW + 1_000 + index, place: 0, source: 'server' },
    properties: said === null ? { message_id: 'some/message' } : {},
    ...(said === null ? {} : { consents: { email: said } }),
    state: 'accepted',
  };
}

const household = (): [string, Profile][] =>
  FAMILY.map((id) => [id, { ...newProfile(id, 0, NOW), attributes: { email: ADDRESS } }]);

const fold = (events: StoredEvent[]): Plan =>
  foldBatch({
    ...{ events, profiles: new Map(household()), orders: new Map(), pastEvents: new Map() },
    ...{ priorRuns: [], journeys: [], segments: NO_SEGMENTS, now: NOW + 5_000 },
    settings: { shopCurrency: 'USD', defaultZone: 'UTC', consentWhenUnknown: { email: 'allow' } },
  });

/** The family's profiles and their address' standing after all of that. */
function after(words: readonly Word[]): { family: Profile[]; standing: Suppressed | null } {
  const profiles = new Map(household());
  const { profiles: changed, addressRefusals } = fold(words.map(eventOf));
  for (const { profile } of changed) profiles.set(profile._id, profile);
  expect(addressRefusals.every(({ address }) => address === ADDRESS)).toBe(true);
  const standing = addressRefusals.reduce<Suppressed | null>(
    (before, { at }) => withRefusal(before, at),
    null,
  );
  return { family: [...profiles.values()], standing };
}

function gets(
  { consents }: Profile,
  standing: Suppressed | null,
  kind: 'marketing' | 'transactional',
) {
  const consent = consents.email ?? null;
  const answer = decide({ ...openFacts, kind, consent, suppressed: scopeFor(standing, consent) });
  return 'send' in answer;
}

const lastAt = (words: readonly Word[], what: Word['what'], who?: string): number =>
  Math.max(
    -1,
    ...words.filter((w) => w.what === what && (who ?? w.who) === w.who).map(({ at }) => at),
  );

it('keeps marketing from an address as long as the latest word about it is a refusal by link', () => {
  fc.assert(
    fc.property(anyWords, (words) => {
      const { family, standing } = after(words);
      const leftAt = lastAt(words, 'link');
      for (const one of family) {
        expect(gets(one, standing, 'transactional')).toBe(true);
        if (leftAt < 0) continue;
        // Who goes on getting it has agreed since, themselves and in so many words.
        const refusedAt = Math.max(leftAt, lastAt(words, 'refusal', one._id));
        const hasAgreed = lastAt(words, 'grant', one._id) > refusedAt;
        if (!hasAgreed) expect(gets(one, standing, 'marketing')).toBe(false);
      }
    }),
  );
});

it('gives it to whoever agreed after that and has not refused since', () => {
  fc.assert(
    fc.property(anyWords, fc.constantFrom(...FAMILY), (words, who) => {
      const agreed: Word = { who, at: 10, what: 'grant' };
      const { family, standing } = after([agreed, ...words]);
      const one = family.find(({ _id }) => _id === who);
      expect(one && gets(one, standing, 'marketing')).toBe(true);
    }),
  );
});

it('comes to the same in whatever order the words arrive', () => {
  fc.assert(
    fc.property(
      fc
        .uniqueArray(anyWord, { maxLength: 8, selector: ({ at }) => at })
        .chain((words) =>
          fc.tuple(
            fc.constant(words),
            fc.shuffledSubarray(words, { minLength: words.length, maxLength: words.length }),
          ),
        ),
      ([words, shuffled]) => {
        const [one, other] = [after(words), after(shuffled)];
        expect(other.standing).toEqual(one.standing);
        expect(other.family.map(({ consents }) => consents)).toEqual(
          one.family.map(({ consents }) => consents),
        );
      },
    ),
  );
});

it('hears of no refusal at an address from a browser, whose key is public', () => {
  const left = eventOf({ who: 'anna', at: 1, what: 'link' }, 0);
  expect(fold([left]).addressRefusals).toHaveLength(1);
  expect(fold([{ ...left, source: 'browser' }]).addressRefusals).toEqual([]);
});

it('speaks of the channel it names, at the address the customer has there', () => {
  const left = eventOf({ who: 'anna', at: 1, what: 'link' }, 0);
  const sms = { ...left, properties: { message_id: 'some/message', channel: 'sms' } };
  expect(fold([sms]).addressRefusals).toMatchObject([{ channel: 'sms', address: null }]);
});
