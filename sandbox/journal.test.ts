import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Journal } from '#sandbox/journal.ts';

let dir: string;
let file: string;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'kairos-journal-'));
  file = path.join(dir, 'journal.ndjson');
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function reopen(): Promise<{ journal: Journal; records: unknown[] }> {
  const records: unknown[] = [];
  const journal = await Journal.open(file);
  await journal.replay((record) => records.push(record));
  return { journal, records };
}

describe('the journal', () => {
  it('gives back what was appended, in order, and each record by its place', async () => {
    const { journal } = await reopen();
    const texts = Array.from({ length: 200 }, (_, n) => `ж${String(n)}`);
    const places = await Promise.all(texts.map((text) => journal.append({ text }, true)));
    const place = places[150];
    expect(place && (await journal.read(place))).toEqual({ text: 'ж150' });
    await journal.close();
    const again = await reopen();
    expect(again.records).toEqual(texts.map((text) => ({ text })));
    await again.journal.close();
  });

  it('cuts a torn last line away and goes on after it', async () => {
    await writeFile(file, '{"n":1}\n{"n":2}\n{"n":');
    const first = await reopen();
    expect(first.records).toEqual([{ n: 1 }, { n: 2 }]);
    await first.journal.append({ n: 3 }, true);
    await first.journal.close();
    expect(await readFile(file, 'utf8')).toBe('{"n":1}\n{"n":2}\n{"n":3}\n');
  });

  it('reads records that are longer than what is read at once', async () => {
    const text = 'x'.repeat(3_000_000);
    await writeFile(file, `${JSON.stringify({ text })}\n`);
    await appendFile(file, '{"n":2}\n');
    const { journal, records } = await reopen();
    expect(records).toEqual([{ text }, { n: 2 }]);
    await journal.close();
  });

  it('says where it is damaged when a line in its middle is', async () => {
    await writeFile(file, '{"n":1}\n{"n":\n{"n":3}\n');
    const journal = await Journal.open(file);
    await expect(journal.replay(() => undefined)).rejects.toThrow('damaged at byte 8');
    await journal.close();
  });
});
