import { describe, expect, it } from '@jest/globals';
import { whyNotCall } from './may-call.ts';

const said = (granted: boolean) => ({ call: { granted, at: 1, source: 'tracking' } });
const phone = { phone: '+380501234567' };

describe('a person may be called', () => {
  it.each([
    ['who agreed and has a number', said(true), phone, null],
    ['not who said nothing', {}, phone, 'noConsent'],
    ['not who refused', said(false), phone, 'noConsent'],
    ['not without a number', said(true), {}, 'noAddress'],
  ] as const)('%s', (_what, consents, attributes, why) => {
    expect(whyNotCall({ consents, attributes, devices: [] })).toBe(why);
  });
});
