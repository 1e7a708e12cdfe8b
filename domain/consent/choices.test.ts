import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Wishes } from '#domain/message/gate/gate-rules.ts';
import { CARRIED_CHANNELS, type CarriedChannel, type Channel } from '#domain/message/message.ts';
import { changesOf, choicesOf, type ChoicesSaid } from './choices.ts';

const NO_WISHES: Wishes = { channels: null, topics: null, maxPerWeek: null };
const SAID: ChoicesSaid = {
  ...{ shown: ['email', 'sms'], ticked: ['email'], channels: ['email'] },
  ...{ shownTopics: ['news', 'offers'], topics: ['news', 'offers'] },
  isStop: false,
};
const granted = { granted: true, at: 5, source: 'shop' };
const refusal = { scope: 'marketing', refusedAt: 9, refusalOnly: true } as const;

describe('what a person has chosen', () => {
  it('is what the gate would let out', () => {
    const facts = { consent: null, standing: null };
    const { channels, topics } = choicesOf({
      channels: [
        { ...facts, channel: 'email', whenUnknown: 'allow' },
        { ...facts, channel: 'sms', whenUnknown: 'deny' },
        { ...facts, channel: 'viber', whenUnknown: 'deny', consent: granted },
        { ...facts, channel: 'push', whenUnknown: 'allow', standing: refusal },
      ],
      topics: ['news', 'offers'],
      wishes: { ...NO_WISHES, channels: ['email', 'sms', 'push'], topics: { news: false } },
    });
    expect(channels.map(({ chosen }) => chosen)).toEqual([true, false, false, false]);
    expect(topics.map(({ chosen }) => chosen)).toEqual([false, true]);
  });
});

describe('a choice', () => {
  it('is a consent only where the person moved the box themselves', () => {
    expect(changesOf(SAID, NO_WISHES)).toEqual({ consents: [], set: {} });
    expect(changesOf({ ...SAID, channels: ['sms'] }, NO_WISHES).consents).toEqual([
      { channel: 'email', granted: false },
      { channel: 'sms', granted: true },
    ]);
  });

  it('to stop all refuses every channel that was shown, ticked or not, and the shop’s own pages', () => {
    const { consents, set } = changesOf({ ...SAID, isStop: true, topics: [] }, NO_WISHES);
    expect(consents.map(({ channel }) => channel)).toEqual([
      ...['email', 'sms', 'in-app', 'inbox', 'widget'],
    ]);
    expect(consents.some(({ granted }) => granted)).toBe(false);
    expect(set).toEqual({});
  });

  it('adds what is agreed to to the channels wished for, and leaves no wish where none was', () => {
    const said = { ...SAID, channels: ['email', 'sms'] };
    expect(changesOf(said, NO_WISHES).set).toEqual({});
    expect(changesOf(said, { ...NO_WISHES, channels: ['push'] }).set).toEqual({
      channels: ['push', 'sms'],
    });
  });

  it('speaks of the topics that were shown and of no others', () => {
    const said = { ...SAID, topics: ['offers'] };
    expect(changesOf(said, NO_WISHES).set).toEqual({ topics: { news: false, offers: true } });
    const named = { ...NO_WISHES, topics: { vip: false, news: true } };
    expect(changesOf(said, named).set).toEqual({
      topics: { vip: false, news: false, offers: true },
    });
    const listed = { ...NO_WISHES, topics: ['vip', 'news'] };
    expect(changesOf(said, listed).set).toEqual({ topics: ['vip', 'offers'] });
  });

  it('sets and lifts a limit, and says nothing where it stays', () => {
    const three = { ...NO_WISHES, maxPerWeek: 3 };
    expect(changesOf({ ...SAID, maxPerWeek: 2 }, NO_WISHES).set).toEqual({ maxPerWeek: 2 });
    expect(changesOf({ ...SAID, maxPerWeek: null }, three).set).toEqual({ maxPerWeek: null });
    expect(changesOf({ ...SAID, maxPerWeek: 3 }, three).set).toEqual({});
    expect(changesOf(SAID, three).set).toEqual({});
  });

  it('never records a consent for a channel that was not shown, nor one that did not change', () => {
    const some = fc.subarray<CarriedChannel>([...CARRIED_CHANNELS]);
    const has = (list: readonly Channel[], channel: Channel): boolean => list.includes(channel);
    fc.assert(
      fc.property(some, some, some, (shown, ticked, channels) => {
        const { consents } = changesOf({ ...SAID, shown, ticked, channels }, NO_WISHES);
        for (const { channel, granted: is } of consents) {
          expect(has(shown, channel)).toBe(true);
          expect(has(ticked, channel)).not.toBe(is);
          expect(has(channels, channel)).toBe(is);
        }
      }),
    );
  });
});
