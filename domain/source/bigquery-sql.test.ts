import { describe, expect, it } from '@jest/globals';
import { bigquerySql } from '#domain/source/bigquery-sql.ts';
import { parseSource, type SourceOf } from '#domain/source/source.ts';

const bigquery = (more: object): SourceOf<'bigquery'> =>
  parseSource({
    kind: 'bigquery',
    connection: 'GA',
    as: 'events',
    ...more,
  }) as SourceOf<'bigquery'>;

const TABLE = bigquery({ table: 'shop.orders', cursor: { column: 'paid_at', key: 'id' } });

describe('the query for BigQuery', () => {
  it('has values as parameters and names in quotes', () => {
    const { query, params, types } = bigquerySql(
      TABLE,
      { value: '2026-11-22 10:00:00.5+00', key: "o'1" },
      10,
    );
    expect(query).toContain('FROM `shop.orders` AS r');
    expect(query).toContain(
      'AND (r.`paid_at` > @value OR (r.`paid_at` = @value AND CAST(r.`id` AS STRING) > @key))',
    );
    expect(query).toContain('ORDER BY r.`paid_at`, kairos_key');
    expect(params).toEqual({ value: '2026-11-22 10:00:00.5+00', key: "o'1" });
    expect(types).toEqual({ value: 'STRING', key: 'STRING' });
  });

  it('begins at a value, itself included, where no key is known', () => {
    const { query, types } = bigquerySql(TABLE, { value: '1700', key: null }, 10);
    expect(query).toContain('AND r.`paid_at` >= @value');
    expect(types).toEqual({ value: 'INT64' });
  });

  it('looks only at the days of Google Analytics that it needs', () => {
    const ga4 = bigquery({ preset: 'ga4', dataset: 'analytics_1' });
    expect(bigquerySql(ga4, null, 10).params).toEqual({ firstDay: '00000000' });
    const noon = Date.UTC(2026, 10, 22, 12) * 1_000;
    const { query, params } = bigquerySql(ga4, { value: String(noon), key: null }, 10);
    expect(params).toEqual({ value: String(noon), firstDay: '20261121' });
    expect(query).toContain('FROM `analytics_1.events_*`');
    expect(query).toContain('r.`event_timestamp` >= @value');
  });
});
