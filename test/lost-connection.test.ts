import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectMongo, type Mongo } from '#platform/mongo.ts';

const opened: Socket[] = [];
const note = (message: unknown): void => {
  const { socket } = message as { socket: unknown };
  if (socket instanceof Socket) opened.push(socket);
};

let mongo: Mongo;

beforeAll(async () => {
  subscribe('net.client.socket', note);
  mongo = await connectMongo(process.env.KAIROS_TEST_MONGODB_URI ?? '', 'lost-connection');
});
afterAll(async () => {
  unsubscribe('net.client.socket', note);
  await mongo.db.dropDatabase();
  await mongo.close();
});

describe('a command to a server whose connections were closed a moment ago', () => {
  it.each(['read', 'written'])(
    'is %s by a new connection, and waits for none of them',
    async (what) => {
      const things = mongo.db.collection<{ _id: string }>('things');
      const run = async (): Promise<unknown> =>
        what === 'read'
          ? things.findOne({})
          : things.updateOne({ _id: what }, { $set: { n: 1 } }, { upsert: true });
      // Connections that stand open, and are at nothing.
      await Promise.all(Array.from({ length: 5 }, run));
      // As the driver finds them when its server died: gone, and it has not heard of that yet.
      for (const socket of opened.splice(0)) socket.destroy();
      expect(await run()).toBeDefined();
    },
  );
});
