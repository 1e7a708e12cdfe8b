import type { WholeKairos } from './whole-kairos.ts';

export const CROWD = 1_000;

/** A crowd of customers: every fourth in Poland, every tenth has bought twice. */
export async function makeCrowd(kairos: WholeKairos): Promise<void> {
  const calls = Array.from({ length: CROWD }, (_, index) => {
    const userId = `crowd-${String(index)}`;
    const traits = { country: index % 4 === 0 ? 'PL' : 'UA', points: String(index) };
    const bought = { type: 'track', userId, event: 'Bought', properties: { price: 10 } };
    return [{ type: 'identify', userId, traits }, ...(index % 10 === 0 ? [bought, bought] : [])];
  }).flat();
  for (let from = 0; from < calls.length; from += 400) {
    await kairos.track('batch', { batch: calls.slice(from, from + 400) });
  }
  await kairos.until('the crowd', async () => {
    const { events } = kairos.mongo.collections;
    return (await events.countDocuments({ state: 'accepted' })) === 0 ? true : null;
  });
}
