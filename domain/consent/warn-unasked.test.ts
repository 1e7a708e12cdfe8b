import { describe, expect, it } from '@jest/globals';
import { warnUnasked } from '#domain/consent/warn-unasked.ts';

const event = 'Consent Requested';
const mails = { 'properties.channel': { is: 'email' } };
const pointers = (...said: Parameters<typeof warnUnasked>): string[] =>
  warnUnasked(...said).map(({ pointer }) => pointer);

describe('double opt-in', () => {
  it('is warned of in each channel whose requests no journey takes up', () => {
    expect(pointers(['email', 'sms'], [])).toEqual(['#/doubleOptIn/0', '#/doubleOptIn/1']);
    expect(pointers(['email', 'sms'], [{ event, where: mails }])).toEqual(['#/doubleOptIn/1']);
    expect(pointers(['email'], [{ event: 'Consent Granted' }, { api: true }])).toHaveLength(1);
  });

  it('is right with a journey for every channel, or with one that asks for more than the channel', () => {
    expect(pointers(['email', 'sms'], [{ event }])).toEqual([]);
    const more = { ...mails, 'properties.source': { is: 'footer' } };
    expect(pointers(['email'], [{ event, where: more }])).toEqual([]);
  });
});
