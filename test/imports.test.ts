import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bringIn, readBack } from '#bench/complete-journey/bring-in.ts';
import { differencesOf, householdsIn } from '#bench/complete-journey/compare.ts';
import { sumUp } from '#bench/complete-journey/sum-up.ts';
import { CUT_HOUSEHOLDS, writeCut } from '#test/support/complete-journey-files.ts';
import { WholeKairos } from '#test/support/whole-kairos.ts';

const CSV = 'text/csv';

interface Report {
  id: string;
  status: string;
  rows: number;
  accepted: number;
  rejected: number;
  skipped: number;
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
  const ended = (id: string): Promise<Report> =>
    kairos.until('the end of an import', async () => {
      const read = await report(id).catch(() => null);
      return read === null || read.status === 'running' ? null : read;
    });

  it('of shuffled order lines equals the direct sums, also when it is said twice', async () => {
    const { text, sums } = ordersFile();
    const map = {
      order_id: 'Basket',
      external_id: 'Household',
      at: { column: 'Paid', format: 'dd.MM.yyyy HH:mm', zone: 'UTC' },
      line: { product_id: 'Product', quantity: 'Pieces', price: 'Each' },
      currency: 'USD',
      skip: [{ column: 'Pieces', lte: 0 }],
    };
    const first = await ended((await send('orders', text, map)).id);
    expect(first).toMatchObject({ status: 'completed', rejected: 0, skipped: 20 });
    expect(first.accepted + first.skipped).toBe(first.rows);
    const before = await kairos.mongo.collections.events.countDocuments();
    const again = await ended((await send('orders', text, map)).id);
    expect(again.accepted).toBe(first.accepted);
    expect(await kairos.mongo.collections.events.countDocuments()).toBe(before);
    for (const [household, sum] of sums) {
      const { traits } = await kairos.call<{ traits: Record<string, unknown> }>(
        'GET',
        `/v1/profiles/external:${household}`,
      );
      expect(traits).toMatchObject({
        orders_count: sum.orders.size,
        total_spent: sum.cents / 100,
        first_order_at: new Date(sum.first).toISOString(),
        last_order_at: new Date(sum.last).toISOString(),
      });
    }
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
    await kairos.until('half of the file', async () =>
      (await report(id)).rows >= 2_000 ? true : null,
    );
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
    });
    const { events } = kairos.mongo.collections;
    expect(await events.countDocuments({ 'context.import': id })).toBe(rows);
    const last = `/v1/profiles/external:k${String(rows - 1)}`;
    expect((await kairos.call('GET', last)).attributes).toMatchObject({
      city: `City ${String(rows - 1)}`,
    });
  });
});

interface Sum {
  orders: Set<string>;
  cents: number;
  first: number;
  last: number;
}

/** Order lines of twenty households in no order at all, twenty of them returns, and what they sum up to. */
function ordersFile(): { text: string; sums: Map<string, Sum> } {
  const sums = new Map<string, Sum>();
  const lines: string[] = [];
  for (let basket = 0; basket < 100; basket += 1) {
    const household = String(basket % 20);
    const at = Date.UTC(2026, 0, 1 + (basket % 90), basket % 24, basket % 60);
    const sum = sums.get(household) ?? { orders: new Set(), cents: 0, first: at, last: at };
    sum.orders.add(String(basket));
    sum.first = Math.min(sum.first, at);
    sum.last = Math.max(sum.last, at);
    const [day = '', time = ''] = new Date(at).toISOString().split('T');
    const paid = `${day.split('-').reverse().join('.')} ${time.slice(0, 5)}`;
    for (let line = 0; line < 5 + (basket % 7); line += 1) {
      const cents = ((basket * 37 + line * 101) % 900) + 5;
      const pieces = (line % 4) + 1;
      sum.cents += cents * pieces;
      const each = (cents / 100).toFixed(2);
      lines.push(
        `${String(basket)},${household},${paid},P${String(line)},${String(pieces)},${each}`,
      );
    }
    if (basket % 5 === 0) lines.push(`${String(basket)},${household},${paid},P0,-1,3.00`);
    sums.set(household, sum);
  }
  // A fixed stride over a count it has no divisor with visits every line once, neighbours far apart.
  const shuffled = lines.map((_, at) => lines[(at * 389) % lines.length] ?? '');
  expect(new Set(shuffled).size).toBe(new Set(lines).size);
  return { text: `Basket,Household,Paid,Product,Pieces,Each\n${shuffled.join('\n')}\n`, sums };
}
