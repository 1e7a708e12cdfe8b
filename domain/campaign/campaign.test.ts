import { describe, expect, it } from '@jest/globals';
import { parseCampaign } from '#domain/campaign/campaign.ts';
import { DomainError } from '#domain/errors.ts';

const FRAME = { key: 'sale', name: 'Sale', segment: 'vip', template: 'news', channel: 'email' };

function faultsOf(changes: object): string[] {
  try {
    parseCampaign({ ...FRAME, ...changes });
    return [];
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return error.faults.map(({ pointer }) => pointer);
  }
}

describe('parseCampaign', () => {
  it('takes one message, and a cascade with all that a campaign can say', () => {
    expect(parseCampaign(FRAME)).toEqual(FRAME);
    const { channel: _, ...frame } = FRAME;
    const said = {
      ...frame,
      cascade: [{ channel: 'push', patience: 'PT15M' }, { channel: 'email' }],
      until: 'opened',
      at: '2026-11-27T08:00:00+02:00',
      ratePerMinute: 6_000,
      experiment: {
        variants: [{ key: 'a' }, { key: 'b', template: 'other', weight: 2 }],
        share: 20,
        winner: { by: 'clicks', after: 'PT4H' },
      },
      resend: { after: 'P2D', template: 'again' },
      gate: { priority: 20 },
    };
    expect(parseCampaign(said)).toMatchObject({
      experiment: {
        variants: [
          { key: 'a', weight: 1 },
          { key: 'b', weight: 2 },
        ],
      },
      resend: { after: 'P2D' },
    });
  });

  it('says of each slip where it is', () => {
    expect(faultsOf({ channel: undefined })).toEqual(['#/channel']);
    expect(faultsOf({ cascade: [{ channel: 'sms' }] })).toEqual(['#/channel']);
    expect(faultsOf({ until: 'opened' })).toEqual(['#/until']);
    expect(faultsOf({ at: 'tomorrow' })).toEqual(['#/at']);
    expect(faultsOf({ localTime: '25:00' })).toEqual(['#/localTime']);
    expect(faultsOf({ localTime: '2026-02-30T10:00' })).toEqual(['#/localTime']);
    expect(faultsOf({ ratePerMinute: 0 })).toEqual(['#/ratePerMinute']);
    expect(faultsOf({ rate: 5 })).toEqual(['#/rate']);
    expect(faultsOf({ at: '2026-11-27T08:00:00Z', localTime: '2026-11-27T10:00' })).toEqual([
      '#/at',
    ]);
  });

  it('takes what makes its message pointless, as a step of a journey does', () => {
    expect(faultsOf({ unless: { bought: 'boots-42', within: 'P7D' }, tracking: false })).toEqual(
      [],
    );
    expect(faultsOf({ unless: { within: 'P7D' } })).toEqual(['#/unless']);
    expect(faultsOf({ unless: { seen: 0 } })).toEqual(['#/unless/seen']);
  });

  it('asks who opened the first message for as long as that is known', () => {
    expect(faultsOf({ resend: { after: 'P21D' } })).toEqual([]);
    expect(faultsOf({ resend: { after: 'P22D' } })).toEqual(['#/resend/after']);
    const variants = [{ key: 'a' }, { key: 'b' }];
    const winner = { by: 'opens', after: 'P2M' };
    expect(faultsOf({ experiment: { variants, share: 10, winner } })).toEqual([
      '#/experiment/winner/after',
    ]);
  });

  it('wants a winner exactly where somebody is left for it', () => {
    const variants = [{ key: 'a' }, { key: 'b' }];
    const winner = { by: 'opens', after: 'PT4H' };
    expect(faultsOf({ experiment: { variants } })).toEqual([]);
    expect(faultsOf({ experiment: { variants, share: 10, winner } })).toEqual([]);
    expect(faultsOf({ experiment: { variants, share: 10 } })).toEqual(['#/experiment/winner']);
    expect(faultsOf({ experiment: { variants, winner } })).toEqual(['#/experiment/winner']);
    expect(faultsOf({ experiment: { variants: [{ key: 'a' }, { key: 'a' }] } })).toEqual([
      '#/experiment/variants/1/key',
    ]);
    expect(faultsOf({ localTime: '10:00', experiment: { variants, share: 10, winner } })).toEqual([
      '#/localTime',
    ]);
  });
});
