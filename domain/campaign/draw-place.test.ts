import { describe, expect, it } from '@jest/globals';
import { parseCampaign } from '#domain/campaign/campaign.ts';
import { drawPlace, templateOf } from '#domain/campaign/draw-place.ts';

const PEOPLE = Array.from({ length: 5_000 }, (_, index) => `profile-${String(index)}`);

const campaign = parseCampaign({
  ...{ key: 'sale', name: 'Sale', segment: 'vip', template: 'news', channel: 'email' },
  experiment: {
    variants: [{ key: 'a' }, { key: 'b', template: 'other', weight: 2 }],
    share: 30,
    winner: { by: 'opens', after: 'PT4H' },
  },
  resend: { after: 'P1D', template: 'again' },
});

function count(key: string, place: string): number {
  const drawn = PEOPLE.map((id) => drawPlace({ ...campaign, key }, id));
  return drawn.filter(({ wave, variant }) => `${wave} ${variant ?? ''}`.trim() === place).length;
}

describe('drawPlace', () => {
  it('gives the test its share, and each variant its weight of it', () => {
    expect(count('sale', 'rest') / PEOPLE.length).toBeCloseTo(0.7, 1);
    expect(count('sale', 'main a') / PEOPLE.length).toBeCloseTo(0.1, 1);
    expect(count('sale', 'main b') / PEOPLE.length).toBeCloseTo(0.2, 1);
    expect(count('sale', 'rest') + count('sale', 'main a') + count('sale', 'main b')).toBe(
      PEOPLE.length,
    );
  });

  it('draws the same however often, and other people for another campaign', () => {
    const [first, second] = [PEOPLE, PEOPLE].map((people) =>
      people.map((id) => drawPlace(campaign, id)),
    );
    expect(first).toEqual(second);
    const other = PEOPLE.map((id) => drawPlace({ ...campaign, key: 'another' }, id));
    expect(other).not.toEqual(first);
  });

  it('leaves nobody out where there is no experiment', () => {
    expect(drawPlace({ key: 'plain' }, 'somebody')).toEqual({ wave: 'main', variant: null });
  });
});

describe('templateOf', () => {
  it("is the variant's own, else the campaign's; of a second message the second one's", () => {
    expect(templateOf(campaign, { wave: 'main', variant: 'a' })).toBe('news');
    expect(templateOf(campaign, { wave: 'rest', variant: 'b' })).toBe('other');
    expect(templateOf(campaign, { wave: 'resend', variant: 'b' })).toBe('again');
    const { resend: _, ...plain } = campaign;
    expect(templateOf(plain, { wave: 'resend', variant: 'b' })).toBe('other');
  });
});
