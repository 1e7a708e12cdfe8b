import { describe, expect, it } from '@jest/globals';
import { SeenLetter } from './observed.ts';

describe('a letter', () => {
  const idIn = (payload: object): string | null =>
    SeenLetter.parse({ id: 'taken', to: 'somebody', payload }).messageId;

  it('says which message it is, each provider’s in its own way', () => {
    const args = { custom_args: { kairos_message_id: 'run/hello/1/0' } };
    expect(idIn({ personalizations: [args] })).toBe('run/hello/1/0');
    const callback = 'https://shop.example/webhooks/twilio?message=run%2Ftext%2F3%2F0';
    expect(idIn({ StatusCallback: callback, Body: 'About it' })).toBe('run/text/3/0');
    const data = { kairos_message_id: 'run/remind/2/0' };
    expect(idIn({ message: { token: 'token', data } })).toBe('run/remind/2/0');
  });

  it('is nobody’s without our id', () => {
    expect(idIn({})).toBeNull();
  });
});
