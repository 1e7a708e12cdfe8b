import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bringIn, readBack } from '#bench/complete-journey/bring-in.ts';
import { differencesOf, householdsIn } from '#bench/complete-journey/compare.ts';
import { sumUp } from '#bench/complete-journey/sum-up.ts';
import { CUT_HOUSEHOLDS, writeCut } from '#test/support/complete-journey-files.ts';
import { LargeFile, openUpload, uploadLarge } from '#test/support/large-upload.ts';
import { expectedOf, ordersFile, shownOf } from '#test/support/orders-file.ts';
import { memoryMb } from '#test/support/process-memory.ts';
import { WholeKairos } from '#test/support/whole-kairos.ts';

const CSV = 'text/csv';
const LARGE_BYTES = 200 * 1024 ** 2;
/**
 * How much the API may grow by a large file: by less than it is long. It holds pieces of 1 MB and 500
 * rows at once; the rest, 140 MB when it was measured, is what V8 leaves lying until it is worth
 * collecting. The file held anywhere would come on top of that.
 */
const GROWTH_MAX_MB = LARGE_BYTES / 1024 ** 2;
/** It takes the API some 15 s of its own to go through the file twice; a busy machine has them late. */
const LARGE_MS = 150_000;

interface Report {
  id: string;
  status: string;
  rows: number;
  accepted: number;
  rejected: number;
  skipped: number;
  progress: number;
  secondsLeft: number | null;
  errors: { row: number; column: string | null; detail: string }[];
}

describe('What a file says', () => {
  let kairos: WholeKairos;
  beforeAll(async () => {
    kairos = await WholeKairos.start('imports');
  });
  afterAll(async () => {
    await kairos.stop();
  });

  async function send(as: string, body: string, map?: object): Promise<Report> {
    const key = kairos.environment.KAIROS_ADMIN_KEY ?? '';
    const answer = await fetch(`${kairos.url}/v1/imports?as=${as}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': CSV,
        ...(map === undefined ? {} : { 'x-kairos-map': JSON.stringify(map) }),
      },
      body,
    });
    expect(answer.status).toBe(202);
    return (await answer.json()) as Report;
  }
  const report = (id: string): Promise<Report> => kairos.call<Report>('GET', `/v1/imports/${id}`);
  const ended = (id: string, withinMs?: number): Promise<Report> =>
    kairos.until(
      'the end of an import',
      async () => {
        const read = await report(id).catch(() => null);
        return read === null || read.status === 'running' ? null : read;
      },
      withinMs,
    );

  it('of shuffled order lines equals the direct sums, also when it is said twice', async () => {
    const file = ordersFile(100);
    const { text, map, rows, returns } = file;
    const first = await ended((await send('orders', text, map)).id);
    expect(first).toMatchObject({ status: 'completed', rows, rejected: 0, skipped: returns });
    expect(first.accepted).toBe(rows - returns);
    const before = await kairos.mongo.collections.events.countDocuments();
    const again = await ended((await send('orders', text, map)).id);
    expect(again.accepted).toBe(first.accepted);
    expect(await kairos.mongo.collections.events.countDocuments()).toBe(before);
    expect(await shownOf(kairos, file)).toEqual(expectedOf(file));
    expect(await kairos.mongo.db.collection('importLines').countDocuments()).toBe(0);
    const [event] = await kairos.mongo.collections.events.find().limit(1).toArray();
    expect(event?.context?.import).toBe(first.id);
  });

  it('of an order that is in is refused where it is something else', async () => {
    const file = (...lines: string[]): string =>
      `external_id,order_id,at,product_id,quantity,price,currency\n${lines.join('\n')}\n`;
    const [one, two] = [
      'l1,late-1,2026-01-31T23:59:00Z,A,1,2.00,USD',
      'l1,late-1,2026-02-01T00:01:00Z,B,1,3.00,USD',
    ];
    const other = 'l1,late-2,2026-02-02T00:00:00Z,B,1,5.00,USD';
    expect(await ended((await send('orders', file(one))).id)).toMatchObject({ accepted: 1 });
    // The lines of an order across midnight lie in the files of two months.
    const late = await ended((await send('orders', file(two, other))).id);
    expect(late).toMatchObject({ rows: 2, accepted: 1, rejected: 1 });
    expect(late.errors).toEqual([
      { row: 1, column: null, detail: expect.stringContaining('is in already') },
    ]);
    expect(await ended((await send('orders', file(one))).id)).toMatchObject({ accepted: 1 });
    const { traits } = await kairos.call('GET', '/v1/profiles/external:l1');
    expect(traits).toMatchObject({ orders_count: 2, total_spent: 7 });
  });

  it('of Complete Journey, in a small cut, is what a direct sum of its files says', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'kairos-journey-'));
    await writeCut(folder);
    const target = { url: kairos.url, key: kairos.environment.KAIROS_ADMIN_KEY ?? '' };
    const truth = await sumUp(folder);
    expect(truth.bought.size).toBe(CUT_HOUSEHOLDS);
    await bringIn(target, folder, () => undefined);
    const found = await readBack(target, truth);
    // Other customers of this shop are there, too.
    const ours = { ...found, profiles: householdsIn(truth).length };
    expect(differencesOf(truth, ours)).toEqual([]);
    await rm(folder, { recursive: true });
  });

  it('of consents keeps the proof', async () => {
    const text =
      'external_id,channel,granted,at,source,text\nc1,sms,yes,2026-01-02T03:04:05Z,shop desk,version 7\n';
    expect(await ended((await send('consents', text)).id)).toMatchObject({ accepted: 1 });
    const { consents } = await kairos.call('GET', '/v1/profiles/external:c1');
    expect(consents).toEqual({
      sms: {
        granted: true,
        at: '2026-01-02T03:04:05.000Z',
        source: 'shop desk',
        text: 'version 7',
      },
    });
  });

  it('is in once for each row after Kairos was killed in the middle of it', async () => {
    const rows = 2_300;
    const lines = Array.from({ length: rows }, (_, at) => `k${String(at)},City ${String(at)}`);
    // Without a router the import waits after its first few thousand events.
    await kairos.kill('worker');
    const { id } = await send('profiles', `external_id,city\n${lines.join('\n')}\n`);
    const half = await kairos.until('half of the file', async () => {
      const read = await report(id);
      return read.rows >= 2_000 ? read : null;
    });
    expect(half.status).toBe('running');
    expect(half.progress).toBeCloseTo(half.rows / rows, 2);
    expect(half.progress).toBeLessThan(1);
    expect(half.secondsLeft).toBeGreaterThan(0);
    await kairos.kill('api');
    // As if the seconds had passed in which a dead process is not yet missed.
    const imports = kairos.mongo.db.collection<{ _id: string; beatAt: number }>('imports');
    await imports.updateOne({ _id: id }, { $set: { beatAt: 0 } });
    kairos.run('api');
    kairos.run('worker');
    await kairos.ready();
    expect(await ended(id)).toMatchObject({
      status: 'completed',
      rows,
      accepted: rows,
      rejected: 0,
      progress: 1,
      secondsLeft: null,
    });
    const { events } = kairos.mongo.collections;
    expect(await events.countDocuments({ 'context.import': id })).toBe(rows);
    const last = `/v1/profiles/external:k${String(rows - 1)}`;
    expect((await kairos.call('GET', last)).attributes).toMatchObject({
      city: `City ${String(rows - 1)}`,
    });
  });

  it(
    'is read in bounded memory, however large it is',
    async () => {
      const file = new LargeFile(LARGE_BYTES);
      const pid = kairos.pid('api');
      const before = memoryMb(pid);
      const { id } = await uploadLarge(kairos, file);
      const rows = file.taken + file.skipped;
      expect(await ended(id, LARGE_MS)).toMatchObject({
        ...{ status: 'completed', rows, total: rows },
        ...{ accepted: file.taken, skipped: file.skipped },
      });
      expect(memoryMb(pid, 'VmHWM') - before).toBeLessThan(GROWTH_MAX_MB);
    },
    2 * LARGE_MS,
  );

  it('leaves nothing behind where its upload breaks off half way', async () => {
    const { db } = kairos.mongo;
    const count = (name: string): Promise<number> => db.collection(name).countDocuments();
    const all = ['imports', 'importChunks', 'importLines', 'events'];
    const before = await Promise.all(all.map(count));
    const call = openUpload(kairos);
    const broken = once(call, 'error');
    for (const part of new LargeFile(3 * 1024 ** 2).parts()) call.write(part);
    await kairos.until('the first pieces', async () => (await count('importChunks')) > 0 || null);
    call.destroy(new Error('hung up'));
    await broken;
    await kairos.until('nothing of it', async () => (await count('importChunks')) === 0 || null);
    expect(await Promise.all(all.map(count))).toEqual(before);
    expect(before[all.indexOf('importChunks')]).toBe(0);
  });

  it('is not said to be complete where lines that waited for their orders are gone', async () => {
    // Without a router the import waits after its first few thousand events.
    await kairos.kill('worker');
    const file = ordersFile(3_000);
    const { id } = await send('orders', file.text, file.map);
    await kairos.until('the first orders', async () =>
      (await report(id)).accepted > 0 ? true : null,
    );
    await kairos.mongo.db.collection('importLines').deleteMany({});
    kairos.run('worker');
    const failed = await ended(id);
    expect(failed).toMatchObject({
      ...{ status: 'failed', rows: file.rows },
      failure: expect.stringContaining('The same file may be sent again.'),
    });
    expect(failed.accepted + failed.rejected + failed.skipped).toBeLessThan(file.rows);
  });
});
