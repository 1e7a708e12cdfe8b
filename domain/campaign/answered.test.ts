import { describe, expect, it } from '@jest/globals';
import { isAnswered } from '#domain/campaign/answered.ts';

describe('whoever was sent the first message', () => {
  it('gets no second one once they looked at it, left or complained', () => {
    for (const status of ['opened', 'read', 'clicked', 'unsubscribed', 'complained'] as const) {
      expect(isAnswered([['sending', 'sent', 'delivered', status]])).toBe(true);
    }
    expect(isAnswered([['sending', 'sent', 'delivered']])).toBe(false);
  });

  it('gets none where it came back, but where another channel of the cascade took it', () => {
    const bounced = ['sending', 'sent', 'bounced'] as const;
    expect(isAnswered([bounced])).toBe(true);
    expect(isAnswered([['sending', 'failed'], bounced])).toBe(true);
    expect(
      isAnswered([
        ['sending', 'failed'],
        ['sending', 'sent', 'delivered'],
      ]),
    ).toBe(false);
    expect(isAnswered([['suppressed'], ['sending', 'sent']])).toBe(false);
  });
});
