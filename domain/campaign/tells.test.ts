import { describe, expect, it } from '@jest/globals';
import { parseCampaign } from '#domain/campaign/campaign.ts';
import { untoldFaults } from '#domain/campaign/tells.ts';
import type { Tracking } from '#domain/template/template-links.ts';

const RESEND = { resend: { after: 'P1D' } };
const tested = (by: string): object => ({
  experiment: {
    variants: [{ key: 'a' }, { key: 'b', template: 'other' }],
    share: 20,
    winner: { by, after: 'PT4H' },
  },
});

function pointers(said: object, tracking: Record<string, Tracking> = {}): string[] {
  const campaign = parseCampaign({
    ...{ key: 'sale', name: 'Sale', segment: 'readers', template: 'news', ...said },
  });
  return untoldFaults(campaign, (template) => tracking[template]).map(({ pointer }) => pointer);
}

describe('what a campaign will never be told', () => {
  it('is who opened a text message, or one whose openings are not tracked', () => {
    expect(pointers({ channel: 'email', ...RESEND })).toEqual([]);
    expect(pointers({ channel: 'push', ...RESEND })).toEqual([]);
    expect(pointers({ channel: 'sms', ...RESEND })).toEqual(['#/resend']);
    const cascade = [{ channel: 'push' }, { channel: 'sms' }];
    expect(pointers({ cascade, ...RESEND })).toEqual(['#/resend']);
    expect(pointers({ channel: 'email', tracking: false, ...RESEND })).toEqual(['#/resend']);
    for (const tracking of [false, { opens: false }]) {
      expect(pointers({ channel: 'email', ...RESEND }, { news: tracking })).toEqual(['#/resend']);
    }
  });

  it('is which variant was opened or clicked more where one of them is not tracked', () => {
    const by = ['#/experiment/winner/by'];
    expect(pointers({ channel: 'email', ...tested('opens') })).toEqual([]);
    expect(pointers({ channel: 'email', ...tested('opens') }, { other: false })).toEqual(by);
    expect(
      pointers({ channel: 'email', ...tested('clicks') }, { news: { clicks: false } }),
    ).toEqual(by);
    expect(pointers({ channel: 'sms', ...tested('clicks') })).toEqual(by);
    const named: Tracking = { channels: ['sms'] };
    const both = { news: named, other: named };
    expect(pointers({ channel: 'sms', ...tested('clicks') }, both)).toEqual([]);
    expect(pointers({ channel: 'sms', ...tested('opens') }, both)).toEqual(by);
  });
});
