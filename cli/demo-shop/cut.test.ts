import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { centsOf, CUT_BYTES_MAX, CUT_FOLDER, linesOf, MANIFEST_FILE } from './cut.ts';
import { type Cut, readCut } from './read-cut.ts';

describe("the cut of a retailer's year", () => {
  let cut: Cut;
  beforeAll(async () => {
    cut = await readCut();
  });

  it('is what its manifest says, byte by byte', () => {
    for (const [name, { bytes, sha256 }] of Object.entries(cut.manifest.files)) {
      const file = readFileSync(new URL(name, CUT_FOLDER));
      expect([name, file.length]).toEqual([name, bytes]);
      expect(createHash('sha256').update(file).digest('hex')).toBe(sha256);
    }
    const files = [...Object.keys(cut.manifest.files), MANIFEST_FILE].sort();
    expect(readdirSync(CUT_FOLDER).sort()).toEqual(files);
  });

  it('weighs no more than three megabytes', () => {
    const bytes = readdirSync(CUT_FOLDER).map(
      (name) => readFileSync(new URL(name, CUT_FOLDER)).length,
    );
    expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(CUT_BYTES_MAX);
  });

  it('adds up to the totals of its manifest', () => {
    const { households, products, manifest } = cut;
    const baskets = households.flatMap((household) => household.baskets);
    expect({
      households: households.length,
      withDemographics: households.filter(({ demographics }) => demographics !== null).length,
      baskets: new Set(baskets.map(([id]) => id)).size,
      lines: baskets.flatMap(linesOf).length,
      products: new Set(products.map(({ id }) => id)).size,
      cents: baskets.reduce((sum, basket) => sum + centsOf(basket), 0),
      redemptions: households.flatMap(({ redemptions }) => redemptions).length,
    }).toEqual(manifest.totals);
  });

  it('names a product for every line and a campaign for every mailing', () => {
    const { households, products, campaigns } = cut;
    const lines = households.flatMap(({ baskets }) => baskets.flatMap(linesOf));
    expect(lines.filter(({ product }) => products[product] === undefined)).toEqual([]);
    const mailed = households.flatMap((household) => [
      ...household.campaigns,
      ...household.redemptions.map(([campaign]) => campaign),
    ]);
    expect(mailed.filter((id) => !campaigns.has(id))).toEqual([]);
  });

  it('has heavy and light buyers, and some who sleep or are about to', () => {
    const { households, lastAt } = cut;
    const counts = households.map(({ baskets }) => baskets.length).sort((a, b) => a - b);
    expect(counts[Math.floor(counts.length / 10)]).toBeLessThan(25);
    expect(counts[Math.floor((counts.length * 9) / 10)]).toBeGreaterThan(120);
    const days = households.map(({ baskets }) =>
      Math.floor((lastAt - (baskets.at(-1)?.[1] ?? 0)) / 86_400),
    );
    expect(days.filter((count) => count > 60).length).toBeGreaterThanOrEqual(20);
    expect(days.filter((count) => count === 58 || count === 59).length).toBeGreaterThan(5);
    expect(days.filter((count) => count < 30).length).toBeGreaterThan(250);
  });
});
