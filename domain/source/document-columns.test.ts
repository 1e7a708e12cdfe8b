import { describe, expect, it } from '@jest/globals';
import { documentCells, documentColumns } from '#domain/source/document-columns.ts';

describe('the columns of documents', () => {
  const documents = [
    { _id: 'a', address: { city: 'Kyiv', geo: { lat: 50.45 } }, tags: ['x'] },
    { _id: 'b', phone: '+380', properties: { any: { thing: 1 } } },
  ];

  it('are the paths to their values', () => {
    const columns = documentColumns(documents, new Set());
    expect(columns).toEqual([
      '_id',
      'address.city',
      'address.geo.lat',
      'tags',
      'phone',
      'properties',
    ]);
    expect(documentCells(documents[0] ?? {}, columns)).toEqual([
      'a',
      'Kyiv',
      50.45,
      ['x'],
      null,
      null,
    ]);
    expect(documentCells(documents[1] ?? {}, columns)).toEqual([
      'b',
      null,
      null,
      null,
      '+380',
      { any: { thing: 1 } },
    ]);
  });

  it('stay whole where the map names an object, and are there where no document has them', () => {
    const columns = documentColumns(documents, new Set(['address', 'email']));
    expect(columns).toEqual(['address', 'email', '_id', 'tags', 'phone', 'properties']);
  });

  it('are own ones only', () => {
    expect(documentCells({}, ['constructor', '__proto__.x'])).toEqual([null, null]);
  });
});
