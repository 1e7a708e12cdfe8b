import { describe, expect, it } from '@jest/globals';
import { sniffFormat } from './sniff-format.ts';

describe('A file of which nobody says what it is', () => {
  it.each([
    ['PAR1\u0015\u0004', 'parquet'],
    ['{"external_id":"1"}\n', 'ndjson'],
    ['\ufeff\n  {"external_id":"1"}', 'ndjson'],
    ['[{"external_id":"1"}]', 'ndjson'],
    ['<?xml version="1.0"?><rss/>', 'google-merchant'],
    ['external_id,city\n1,Lviv\n', 'csv'],
    ['їжак;місто\n', 'csv'],
    ['', 'csv'],
  ])('is known by its beginning: %j', (text, format) => {
    expect(sniffFormat(Buffer.from(text))).toBe(format);
  });

  it('is known in UTF-16 too', () => {
    const utf16 = (text: string): Buffer =>
      Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
    expect(sniffFormat(utf16('{"a":1}'))).toBe('ndjson');
    expect(sniffFormat(utf16('external_id,city'))).toBe('csv');
  });
});
