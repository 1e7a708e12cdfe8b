import { describe, expect, it } from '@jest/globals';
import { Config } from '#platform/config.ts';
import { providerRates } from './provider-rates.ts';

const rates = (text: string) =>
  providerRates({ KAIROS_PROVIDER_RATES: Config.shape.KAIROS_PROVIDER_RATES.parse(text) });

describe('the rates of providers', () => {
  it('are those that are set, and 100 a second for the others', () => {
    const set = rates('twilio=0.5, sendgrid=400');
    const total = (provider: string): number =>
      set.lanes(provider).reduce((sum, { perSecond }) => sum + perSecond, 0);
    expect([total('twilio'), total('sendgrid'), total('fcm')]).toEqual([0.5, 400, 100]);
    const [others, owed] = set.lanes('sendgrid');
    expect([others, owed]).toEqual([
      { lane: 'others', perSecond: 320 },
      { lane: 'owed', perSecond: 80 },
    ]);
    expect(set.lanes('fcm')).toEqual([{ lane: 'others', perSecond: 100 }]);
    expect(['twilio', 'sendgrid'].map((one) => set.queuedMax(one))).toEqual([5, 50]);
    expect([set.isSet('twilio'), set.isSet('fcm')]).toEqual([true, false]);
    expect(rates('').isSet('twilio')).toBe(false);
  });

  it.each(['twilio', 'twilio=fast', 'twilio=0', 'twilio=-1', 'twilio=1000000'])(
    'are refused as %s',
    (text) => {
      expect(() => rates(text)).toThrow();
    },
  );

  it('are refused for a provider there is not', () => {
    expect(() => rates('twillio=5')).toThrow('names twillio; providers are sendgrid, smtp, twilio');
  });
});
