import { describe, expect, it } from '@jest/globals';
import {
  afterOrder,
  CAMPAIGN_STATUSES,
  orderRefusal,
  ORDERS,
  type CampaignOrder,
} from '#domain/campaign/orders.ts';

const SOON = { startsAt: 2_000, now: 1_000 };
const NOW = { startsAt: 1_000, now: 1_000 };

describe('afterOrder', () => {
  it('starts at its instant, and goes on from a pause where it was', () => {
    expect(afterOrder('start', 'draft', SOON)).toBe('scheduled');
    expect(afterOrder('start', 'draft', NOW)).toBe('sending');
    expect(afterOrder('pause', 'scheduled', SOON)).toBe('paused');
    expect(afterOrder('resume', 'paused', SOON)).toBe('scheduled');
    expect(afterOrder('resume', 'paused', NOW)).toBe('sending');
    expect(afterOrder('stop', 'paused', NOW)).toBe('stopped');
  });

  it('changes nothing by a repeat', () => {
    expect(afterOrder('start', 'sending', NOW)).toBeNull();
    expect(afterOrder('pause', 'paused', NOW)).toBeNull();
    expect(afterOrder('stop', 'stopped', NOW)).toBeNull();
  });

  it('never begins again what is over, and says what to do', () => {
    for (const order of Object.keys(ORDERS) as CampaignOrder[]) {
      expect(afterOrder(order, 'done', NOW)).toBeUndefined();
      for (const status of CAMPAIGN_STATUSES) {
        expect(orderRefusal(order, status)).toMatch(/^The campaign is /);
      }
    }
    expect(afterOrder('start', 'stopped', NOW)).toBeUndefined();
    expect(orderRefusal('start', 'done')).toContain('new key');
    expect(orderRefusal('pause', 'draft')).toContain('Start it first');
  });
});
