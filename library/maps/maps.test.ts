import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse as parseCsv } from 'csv-parse/sync';
import { parse as parseYaml } from 'yaml';
import { parseImportMap, type ImportKind } from '#domain/import/import-map.ts';
import { planImport } from '#domain/import/plan-import.ts';
import { readRow, type ReadRow } from '#domain/import/read-row.ts';

const folder = new URL('.', import.meta.url);
const frame = {
  importId: 'i',
  saidAt: 0,
  tools: {
    email: (text: string) => text.trim().toLowerCase(),
    phone: (text: string) => text,
    hash: (text: string) => text,
  },
};

function read(name: string, as: ImportKind): ReadRow[] {
  const text = (file: string): string => readFileSync(new URL(file, folder), 'utf8');
  const map = parseImportMap(parseYaml(text(`${name}.yaml`)));
  const [columns = [], ...rows]: string[][] = parseCsv(text(`${name}.csv`));
  const plan = planImport(as, columns, map, { currency: 'USD', zone: 'UTC' });
  return rows.map((cells, at) => readRow(plan, { number: at + 1, cells }, frame));
}

const call = (row: ReadRow | undefined): unknown =>
  row?.outcome === 'taken' && 'call' in row.taken ? row.taken.call : row;

describe('the maps of the library', () => {
  it('take contacts of HubSpot with their owner', () => {
    const [ann, nobody] = read('hubspot-contacts', 'profiles');
    expect(call(ann)).toMatchObject({
      type: 'identify',
      timestamp: '2026-03-01T09:30:00.000Z',
      traits: {
        email: 'ann@shop.example',
        phone: '+14155550100',
        first_name: 'Ann',
        owner: 'Sam Seller (sam@shop.example)',
        hubspot_id: '151',
      },
    });
    expect(nobody?.outcome).toBe('skipped');
  });

  it('take deals of HubSpot as what happened to their customers', () => {
    expect(call(read('hubspot-deals', 'events')[0])).toMatchObject({
      event: 'Deal Updated',
      properties: { deal_id: '9001', stage: 'Contract Sent', amount: 1_200.5, currency: 'EUR' },
      context: { traits: { email: 'ann@shop.example' } },
    });
  });

  it('take of a platform’s audiences the one that is meant', () => {
    const rows = read('dmp-audience', 'audience');
    expect(rows.map(({ outcome }) => outcome)).toEqual(['taken', 'skipped', 'skipped', 'skipped']);
    const hash = '6a0bf011a1fc1e9a8add1728704b8ddb5d9d2701ae295a65452d9f1f1cf91be5';
    expect(rows[0]).toMatchObject({ taken: { hash } });
  });

  it('take contacts of Salesforce that are not deleted', () => {
    const [ann, deleted] = read('salesforce-contacts', 'profiles');
    expect(call(ann)).toMatchObject({
      traits: { email: 'ann@shop.example', birthday: '1990-01-31', owner_id: '0058d00000OwNeR' },
    });
    expect(deleted?.outcome).toBe('skipped');
  });

  it('take opportunities of Salesforce', () => {
    expect(call(read('salesforce-opportunities', 'events')[0])).toMatchObject({
      event: 'Deal Updated',
      properties: { stage: 'Closed Won', amount: 1_200.5, is_won: true, closes_on: '2026-03-01' },
    });
  });

  it('are each shown by an example', () => {
    const files = readdirSync(folder);
    // Those of Complete Journey are shown by its whole: bench/complete-journey.
    const maps = files.filter((file) => /^(?!complete-journey-).*\.yaml$/.test(file));
    expect(maps.length).toBe(5);
    expect(maps.filter((map) => !files.includes(map.replace('.yaml', '.csv')))).toEqual([]);
  });
});
