import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { MessageStatus, StoredMessage } from '#domain/message/message.ts';
import { ensureIndexes } from '#platform/mongo-indexes.ts';
import { connectMongo, type Mongo } from '#platform/mongo.ts';
import { ensureVoucherIndexes } from './stored-voucher.ts';
import { createVoucherStore, type VoucherStore } from './voucher-store.ts';

const DAY_MS = 86_400_000;

let mongo: Mongo;
let store: VoucherStore;
let now: number;

beforeAll(async () => {
  mongo = await connectMongo(process.env.KAIROS_TEST_MONGODB_URI ?? '', 'kairos-vouchers');
  await mongo.db.dropDatabase();
  await Promise.all([ensureIndexes(mongo.collections), ensureVoucherIndexes(mongo.db)]);
});

beforeEach(async () => {
  now = Date.UTC(2026, 10, 22);
  const { db, collections } = mongo;
  store = createVoucherStore({ db, collections, clock: () => now });
  await Promise.all((await mongo.db.collections()).map((one) => one.deleteMany({})));
  await store.putPool({ key: 'summer', lowStock: 2 }, now);
});

afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});

const codes = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `C${String(index)}`);
const add = (all: string[], expiresAt: number | null = null): Promise<number> =>
  store.add({ pool: 'summer', codes: all, expiresAt });

async function take(messageId: string, pools = ['summer']): Promise<string | null> {
  const taken = await store.reserve({ pools, messageId, profileId: 'p' });
  return taken?.get('summer') ?? null;
}

/** What the ledger says of a message. */
async function inLedger(_id: string, status: MessageStatus): Promise<void> {
  await mongo.db
    .collection<Pick<StoredMessage, '_id' | 'status' | 'providerId'>>('messages')
    .insertOne({ _id, status, providerId: null });
}

describe('a pool of codes', () => {
  it('gives one code to one message, however many ask at once', async () => {
    expect(await add(codes(40))).toBe(40);
    expect(await add(codes(41))).toBe(1);
    const asked = Array.from({ length: 60 }, (_, index) => take(`m${String(index)}`));
    const taken = (await Promise.all(asked)).filter((code) => code !== null);
    expect(new Set(taken).size).toBe(41);
    expect(taken).toHaveLength(41);
    expect(await store.counts('summer')).toMatchObject({ free: 0, reserved: 41 });
  });

  it('gives a message that is tried again the same code, and the other channels of its step', async () => {
    await add(codes(50));
    const same = Array.from({ length: 20 }, (_, index) => take(`r/s/0/${String(index % 2)}`));
    expect(new Set(await Promise.all(same)).size).toBe(1);
    expect(await take('r/s/1/0')).not.toBe(await take('r/s/0/0'));
    expect(await store.counts('summer')).toMatchObject({ reserved: 2 });
  });

  it('takes a code back from a message that came to nothing, unless another channel uses it', async () => {
    await add(['ONE']);
    await take('r/s/0/0');
    await take('r/s/0/1');
    await store.giveBack('r/s/0/0');
    expect(await take('other')).toBeNull();
    await store.giveBack('r/s/0/1');
    expect(await take('other')).toBe('ONE');
    await store.issue('other');
    await store.giveBack('other');
    expect(await store.counts('summer')).toMatchObject({ free: 0, issued: 1 });
  });

  it('settles by the ledger what a process that died left open, before it says that it is empty', async () => {
    await add(codes(4));
    for (const id of ['failed', 'sent', 'sending', 'unbegun']) await take(id);
    await inLedger('failed', 'failed');
    await inLedger('sent', 'delivered');
    await inLedger('sending', 'sending');
    expect(await take('next')).not.toBeNull();
    expect(await take('late')).toBeNull();
    expect(await store.counts('summer')).toMatchObject({ issued: 1, reserved: 3, free: 0 });
    now += 3_600_000;
    await inLedger('next', 'sending');
    expect(await take('late')).not.toBeNull();
  });

  it('settles however many there are, behind those that are still under way', async () => {
    const ids = Array.from({ length: 2_100 }, (_, index) => `m${String(index).padStart(4, '0')}`);
    await mongo.db.collection<{ _id: string }>('vouchers').insertMany(
      ids.map((id) => ({
        ...{ _id: `summer|${id}`, pool: 'summer', code: id, state: 'reserved', expiresAt: null },
        ...{ holder: id, messageIds: [id], profileId: 'p', reservedAt: now, addedAt: now },
      })),
    );
    const entries = mongo.db.collection<{ _id: string }>('messages');
    const status = (id: string): MessageStatus => (id === ids.at(-1) ? 'failed' : 'deferred');
    await entries.insertMany(ids.map((_id) => ({ _id, status: status(_id), providerId: null })));
    await store.settleAll();
    expect(await store.counts('summer')).toMatchObject({ reserved: 2_099, free: 1 });
  });

  it('leaves a message its code that was cut off long ago and is being tried again', async () => {
    await add(['ONE']);
    await take('cut-off');
    now += 3_600_000;
    expect(await take('cut-off')).toBe('ONE');
    expect(await take('next')).toBeNull();
    expect(await store.counts('summer')).toMatchObject({ reserved: 1, free: 0 });
  });

  it('gives all the codes of a message or none, and none that is about to expire', async () => {
    await add(['OLD'], now + DAY_MS / 2);
    await add(['GOOD'], now + 2 * DAY_MS);
    expect(await take('one', ['summer', 'none'])).toBeNull();
    await store.giveBack('one');
    expect(await store.counts('summer')).toMatchObject({ free: 1, reserved: 0, expired: 1 });
    expect(await take('two')).toBe('GOOD');
    expect(await take('three')).toBeNull();
    expect(await store.left('summer')).toBe(0);
  });

  it('gives what expires first, and what never does last', async () => {
    await add(['NEVER']);
    await add(['LATER'], now + 9 * DAY_MS);
    await add(['SOON'], now + 2 * DAY_MS);
    expect(await take('one')).toBe('SOON');
    expect(await take('two')).toBe('LATER');
    expect(await take('three')).toBe('NEVER');
    await add(['FRESH'], now + 2 * DAY_MS);
    expect(await take('four')).toBe('FRESH');
  });

  it('gives a step another code when the one it holds is worth nothing any more', async () => {
    await add(['SOON'], now + 2 * DAY_MS);
    await add(['NEVER']);
    expect(await take('r/s/0/0')).toBe('SOON');
    now += 1.5 * DAY_MS;
    // Nobody has seen it, and it is too late to show it first.
    expect(await take('r/s/0/0')).toBe('NEVER');
    expect(await store.counts('summer')).toMatchObject({ reserved: 1, expired: 1 });

    await add(['SEEN'], now + 2 * DAY_MS);
    expect(await take('r/s/1/0')).toBe('SEEN');
    await store.issue('r/s/1/0');
    now += 1.5 * DAY_MS;
    expect(await take('r/s/1/1')).toBe('SEEN');
    now += DAY_MS;
    await add(['NEXT']);
    expect(await take('r/s/1/2')).toBe('NEXT');
    expect(await store.counts('summer')).toMatchObject({ issued: 1, reserved: 2 });
  });

  it('is told of by whoever has the message by now, after merges', async () => {
    await add(['ONE']);
    await take('m');
    const messages = mongo.db.collection<Partial<StoredMessage> & { _id: string }>('messages');
    await messages.insertOne({ _id: 'm', status: 'sent', profileId: 'kept' });
    const used = { pool: 'summer', code: 'ONE', orderId: null };
    for (const isRepeat of [false, true]) {
      expect(await store.redeem(used)).toMatchObject({ voucher: { profileId: 'kept' }, isRepeat });
    }
  });

  it('says that it is new once, and forgets a name that is not said again', async () => {
    const [at, autumn] = [now, { key: 'autumn', lowStock: 1 }];
    expect(await store.putPool({ ...autumn, name: 'Autumn' }, at)).toMatchObject({ created: true });
    const again = await store.putPool(autumn, at);
    expect(again.created).toBe(false);
    expect(again.stored).not.toHaveProperty('name');
  });

  it('lets one that was used for no order be of the first that is named, and of no other', async () => {
    await add(['ONE']);
    await take('m');
    const redeem = (orderId: string | null) =>
      store.redeem({ pool: 'summer', code: 'ONE', orderId });
    expect(await redeem(null)).toMatchObject({ isRepeat: false });
    expect(await redeem(null)).toMatchObject({ isRepeat: true });
    expect(await redeem('1001')).toMatchObject({ voucher: { orderId: '1001' }, isRepeat: true });
    expect(await redeem('1001')).toMatchObject({ isRepeat: true });
    for (const other of ['1002', null]) {
      await expect(redeem(other)).rejects.toMatchObject({ code: 'conflict' });
    }
  });

  it('knows which codes were used, and by whom', async () => {
    await add(['ONE', 'TWO']);
    const code = (await take('m')) ?? '';
    await store.issue('m');
    const used = { pool: 'summer', code, orderId: '1001' };
    const voucher = { profileId: 'p', redeemedAt: now };
    expect(await store.redeem(used)).toMatchObject({ voucher, isRepeat: false });
    now += 1;
    expect(await store.redeem(used)).toMatchObject({ voucher, isRepeat: true });
    for (const orderId of ['1002', null]) {
      const again = store.redeem({ ...used, orderId });
      await expect(again).rejects.toMatchObject({ code: 'conflict' });
    }
    // One of before, when the order was not kept.
    await mongo.db.collection('vouchers').updateMany({}, { $unset: { orderId: '' } });
    expect(await store.redeem(used)).toMatchObject({ voucher: { profileId: 'p' } });
    const other = code === 'ONE' ? 'TWO' : 'ONE';
    await expect(store.redeem({ ...used, code: other })).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(store.redeem({ ...used, code: 'X' })).rejects.toMatchObject({ code: 'not-found' });
  });
});
