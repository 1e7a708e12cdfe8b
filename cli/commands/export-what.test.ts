import { expect, it } from '@jest/globals';
import { EXPORT_TABLES } from '#domain/export/export.ts';
import { exportRefusal } from './export-what.ts';

it('What is taken out is a table or segments/KEY, and a slip is told from both', () => {
  expect([...EXPORT_TABLES, 'segments/vip'].map(exportRefusal)).toEqual(
    [...EXPORT_TABLES, 'segments/vip'].map(() => null),
  );
  expect(exportRefusal('order')).toMatch(
    /^"order" can't be taken out: .* Did you mean "orders"\?$/,
  );
  expect(exportRefusal('segment/vip')).toMatch(/ Did you mean "segments\/vip"\?$/);
  for (const strange of ['vip', 'segments', 'segments/', 'segments/a/b']) {
    expect(exportRefusal(strange)).toContain('write segments/KEY');
  }
});
