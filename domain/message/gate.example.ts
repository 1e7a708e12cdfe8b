import fc from 'fast-check';
import type { GateFacts } from '#domain/message/gate.ts';
import { gateRules, wishesIn, type GateRules } from '#domain/message/gate/gate-rules.ts';
import { NO_GATE_SETTINGS, PERIODS } from '#domain/message/gate/gate-settings.ts';
import { NO_SLOTS } from '#domain/message/gate/slots.ts';
import { CHANNELS } from '#domain/message/message.ts';

/** Messages at the gate, for tests of it and of what stands before it. */

const DAY = 86_400_000;
/** A Sunday noon in UTC. */
export const NOON = Date.UTC(2026, 10, 22, 12);

export const NO_RULES: GateRules = gateRules(NO_GATE_SETTINGS, undefined);

/** A marketing mail against which nothing speaks. */
export const openFacts: GateFacts = {
  messageId: 'run/step/1/0',
  profileId: 'anna',
  channel: 'email',
  journey: 'welcome',
  at: NOON,
  zone: 'UTC',
  rules: NO_RULES,
  wishes: wishesIn(undefined),
  slots: NO_SLOTS,
  heldSince: null,
  erased: false,
  runEnded: false,
  hasAddress: true,
  suppressed: null,
  kind: 'marketing',
  topic: 'offers',
  consent: null,
  consentWhenUnknown: 'allow',
  bought: false,
  seen: null,
};

const anyTime = fc.constantFrom('00:00', '02:30', '09:00', '12:30', '21:00', '23:59');
const anyChannel = fc.constantFrom(...CHANNELS);
const anyJourney = fc.constantFrom('welcome', 'cart');
export const anyInstant = fc.integer({ min: NOON - 40 * DAY, max: NOON + 40 * DAY });
export const anyZone = fc.constantFrom(
  ...['UTC', 'Europe/Kyiv', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Apia'],
);

export const anyCap = fc.record({
  channel: fc.constantFrom(...CHANNELS, 'any' as const),
  max: fc.integer({ min: 0, max: 3 }),
  per: fc.constantFrom(...PERIODS),
});

export const anyHours = fc
  .record({
    from: anyTime,
    to: anyTime,
    action: fc.constantFrom('hold' as const, 'skip' as const),
  })
  .filter(({ from, to }) => from !== to);

export const anyRules: fc.Arbitrary<GateRules> = fc.record({
  quietHours: fc.option(anyHours),
  caps: fc.array(anyCap, { maxLength: 3 }),
  journeyCaps: fc.array(anyCap, { maxLength: 2 }),
  minDistanceMs: fc.constantFrom(0, 1_800_000, DAY),
  holdoutPercent: fc.constantFrom(0, 10, 100),
  journeyHoldoutPercent: fc.constantFrom(0, 10, 100),
  priority: fc.integer({ min: 0, max: 3 }),
});

const anyTaken = fc.record({
  id: fc.integer({ min: 1, max: 99 }).map(String),
  at: anyInstant,
  channel: anyChannel,
  journey: anyJourney,
});

export const anySlots = fc.record({
  taken: fc.array(anyTaken, { maxLength: 6 }),
  awaited: fc.array(
    fc.record({
      id: fc.integer({ min: 100, max: 199 }).map(String),
      until: anyInstant,
      channel: anyChannel,
      journey: anyJourney,
      priority: fc.integer({ min: 0, max: 4 }),
    }),
    { maxLength: 3 },
  ),
});

const anyWishes = fc.record({
  channels: fc.option(fc.uniqueArray(anyChannel)),
  topics: fc.option(fc.oneof(fc.constantFrom(['offers'], []), fc.constant({ offers: false }))),
  maxPerWeek: fc.option(fc.integer({ min: 0, max: 3 })),
});

export const anyFacts: fc.Arbitrary<GateFacts> = fc.record({
  messageId: fc.constantFrom('1', '150', 'run/step/1/0'),
  profileId: fc.uuid(),
  channel: anyChannel,
  journey: anyJourney,
  at: anyInstant,
  zone: anyZone,
  rules: anyRules,
  wishes: anyWishes,
  slots: anySlots,
  heldSince: fc.option(anyInstant),
  erased: fc.boolean(),
  runEnded: fc.boolean(),
  hasAddress: fc.boolean(),
  suppressed: fc.constantFrom(null, 'all', 'marketing'),
  kind: fc.constantFrom('marketing', 'transactional'),
  topic: fc.constantFrom(null, 'offers', 'news'),
  consent: fc.constantFrom(null, { granted: true }, { granted: false }),
  consentWhenUnknown: fc.constantFrom('allow', 'deny'),
  bought: fc.boolean(),
  seen: fc.option(fc.record({ times: fc.nat(3), max: fc.integer({ min: 1, max: 3 }) })),
});
