import { describe, expect, it } from '@jest/globals';
import { setAttributes } from '#domain/profile/attributes.ts';
import type { JsonObject } from '#domain/json.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { explainMerge, type BeforeMerge, type MergeChange } from './explain-merge.ts';

function person(id: string, more: Partial<Profile> = {}): Profile {
  return { ...newProfile(id, 0, 0), ...more };
}

type Told = [string, MergeChange['wins'], string];

function explained(before: Partial<BeforeMerge>): Told[] {
  return changesOf(before).map(({ name, wins, why }) => [name, wins, why]);
}

function changesOf(before: Partial<BeforeMerge>): MergeChange[] {
  const none = { orders: [], keepIdentities: [], mergeIdentities: [], runs: [], overtaken: [] };
  const nothing = { ...none, lists: new Set(['press']), conflicts: [] };
  const ahead = { segments: 'ahead' } as const;
  const two = { keep: person('k'), merge: person('m'), unproven: false, shopCurrency: 'USD' };
  return explainMerge({ ...nothing, ...ahead, ...two, ...before });
}

const said = (value: boolean) => ({ granted: value, at: 1, source: 'form' });

describe('what is said of a merge', () => {
  it('names the later word among attributes, and what only one said', () => {
    const at = (time: number) => ({ at: time, source: 'server' });
    const keep = setAttributes(person('k'), { city: 'Kyiv', size: 'S' }, at(5));
    const merge = setAttributes(
      setAttributes(person('m'), { city: 'Lviv' }, at(9)),
      { size: 'L', pet: 'cat' },
      at(1),
    );
    expect(explained({ keep, merge })).toEqual([
      ['city', 'merge', 'The later word stands.'],
      ['pet', 'merge', 'Only the merged profile said anything.'],
      ['size', 'keep', 'The later word stands.'],
    ]);
  });

  it('names the later word among preferences', () => {
    const wishes = (values: JsonObject, at: number): Pick<Profile, 'preferences'> => {
      const times = Object.fromEntries(Object.keys(values).map((name) => [name, at]));
      return { preferences: { values, times, revision: 1, at } };
    };
    const keep = person('k', wishes({ theme: 'dark' }, 5));
    const merge = person('m', wishes({ theme: 'light', pet: 'cat' }, 4));
    expect(explained({ keep, merge })).toEqual([
      ['pet', 'merge', 'The later word stands.'],
      ['theme', 'keep', 'The later word stands.'],
    ]);
  });

  it('names the stricter consent, and leaves out what both agree on', () => {
    const keep = person('k', {
      consents: { email: said(true), sms: said(false), push: said(true) },
    });
    const merge = person('m', {
      consents: { email: said(false), sms: said(true), push: said(true) },
    });
    const why = 'The stricter stands: a refusal outlives a merge.';
    expect(explained({ keep, merge })).toEqual([
      ['email', 'merge', why],
      ['sms', 'keep', why],
    ]);
  });

  it('says that a customer’s own id stays, and that a public key cannot consent', () => {
    const merge = person('m', { consents: { sms: said(true) } });
    const names = explained({
      merge,
      unproven: true,
      keepIdentities: ['external:1'],
      mergeIdentities: [{ _id: 'external:2', externalOf: 'm' }, { _id: 'merged:m' }],
    });
    expect(names).toEqual([
      ['sms', 'keep', 'A public key linked the two, which may not consent for a customer.'],
      [
        'external:2',
        'both',
        'The kept profile’s own customer id stays its own; this one finds the same customer.',
      ],
    ]);
  });

  it('is certain of lists kept by hand before the merge, and not of conditions', () => {
    const merge = person('m', {
      segments: [
        { key: 'press', since: 1 },
        { key: 'vip', since: 1 },
      ],
    });
    expect(explained({ merge })).toEqual([
      ['press', 'merge', 'Who was on a list by name stays on it.'],
      ['vip', null, expect.stringMatching(/^Not known yet:/)],
    ]);
    const keep = person('k', { segments: [{ key: 'press', since: 1 }] });
    expect(explained({ keep, merge })[0]?.[1]).toBe('both');
    expect(explained({ keep })[0]?.[1]).toBe('keep');
  });

  it('knows after the merge what came of conditions, also of those that only both fulfil', () => {
    const member = (...keys: string[]) => ({ segments: keys.map((key) => ({ key, since: 1 })) });
    const keep = person('k', member('fresh', 'press', 'vip'));
    const merge = person('m', member('big', 'fresh', 'lone'));
    const before = { keep, merge, segments: new Set(['big', 'press', 'regular', 'vip']) };
    const told = changesOf(before).map(({ name, result, wins }) => [name, result, wins]);
    expect(told).toEqual([
      ['big', true, 'merge'],
      ['fresh', false, 'both'],
      ['lone', false, 'keep'],
      ['press', true, 'keep'],
      ['regular', true, 'both'],
      ['vip', true, 'keep'],
    ]);
    const why =
      'Its condition was looked at anew with all that is known of both: it does not hold.';
    expect(explained(before)[1]?.[2]).toBe(why);
    const unkept = changesOf({ ...before, segments: 'unkept' });
    expect(unkept.find(({ name }) => name === 'vip')).toMatchObject({ result: null, wins: null });
  });

  it('names a conflict that the merge closes', () => {
    const conflicts = [{ identity: 'email:home@b.example', ownerId: 'm' }];
    expect(changesOf({ conflicts })).toMatchObject([
      {
        ...{ what: 'conflict', name: 'email:home@b.example' },
        ...{ keep: 'claims it', merge: 'has it', result: 'closed' },
      },
    ]);
  });
});
