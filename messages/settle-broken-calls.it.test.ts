import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { StoredMessage } from '#domain/message/message.ts';
import { connectMongo, type Mongo } from '#platform/mongo.ts';
import { settleBrokenCalls } from './settle-broken-calls.ts';

let mongo: Mongo;

beforeAll(async () => {
  mongo = await connectMongo(process.env.KAIROS_TEST_MONGODB_URI ?? '', 'kairos-broken-calls');
  await mongo.db.dropDatabase();
});

afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});

it('settles calls that nobody can tell the end of any more, and leaves the others to be asked for', async () => {
  const messages = mongo.db.collection<Partial<StoredMessage> & { _id: string }>('messages');
  const calling = { status: 'sending' as const, attempts: 1, history: [] };
  await messages.insertMany([
    { ...calling, _id: 'mail', provider: 'sendgrid' },
    { ...calling, _id: 'text', provider: 'twilio' },
    { ...calling, _id: 'viber', provider: 'infobip-viber' },
    { ...calling, _id: 'uncalled', provider: null, attempts: 0 },
  ]);
  await settleBrokenCalls(mongo.collections, { askable: ['twilio', 'infobip-viber'], at: 17 });
  const found = await messages.find().sort({ _id: 1 }).toArray();
  expect(found.map(({ _id, status }) => [_id, status])).toEqual([
    ['mail', 'unknown'],
    ['text', 'sending'],
    ['uncalled', 'sending'],
    ['viber', 'sending'],
  ]);
});
