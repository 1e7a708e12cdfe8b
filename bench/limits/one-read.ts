/**
 * The limit of what is asked about one customer: Express, one `findOne` of the profile by its id, and
 * the keys of its segments as the answer. A process of its own, as Kairos' API is.
 */
import express from 'express';
import { endWithParent } from '#platform/end-with-parent.ts';
import { connectMongo } from '#platform/mongo.ts';

const mongo = await connectMongo(process.env.MONGODB_URI ?? '');
const app = express();
app.disable('x-powered-by');
app.set('etag', false);
app.get('/profiles/:id', async (req, res) => {
  const profile = await mongo.collections.profiles.findOne({ _id: req.params.id });
  res.json({ segments: (profile?.segments ?? []).map(({ key }) => key) });
});
const server = app.listen(Number(process.env.ONE_READ_PORT), '127.0.0.1', () => {
  process.send?.('ready');
});

endWithParent(async () => {
  server.close();
  server.closeAllConnections();
  await mongo.close();
});
