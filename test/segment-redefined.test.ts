import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { segmentDesk } from './support/segment-desk.ts';
import { WholeKairos } from './support/whole-kairos.ts';

let kairos: WholeKairos;
beforeAll(async () => {
  kairos = await WholeKairos.start('segment-redefined');
}, 120_000);
afterAll(() => kairos.stop());

const { define, live, isIn } = segmentDesk(() => kairos);

describe('a segment', () => {
  it('that is given another meaning begins no run and ends none, and says so', async () => {
    const condition = (is: string) => ({ condition: { attribute: 'flavour', is } });
    await define('sweet', condition('honey'));
    await define('sweet-too', { condition: { all: [{ segment: 'sweet' }] } });
    const steps = { waits: { wait: 'P1D', next: 'leave' }, leave: { end: 'done' } };
    const frame = { name: 'By taste', start: 'waits', steps };
    const enters = { segment: { enters: 'sweet' } };
    const exits = [{ segment: { leaves: 'sweet-too' } }];
    await kairos.publish({ ...frame, key: 'by-taste', entry: enters });
    await kairos.publish({ ...frame, key: 'by-both', entry: { event: 'Tasted' }, exits });
    const like = (userId: string, flavour: string): Promise<void> =>
      kairos.track('identify', { userId, traits: { flavour } });
    await like('honey-1', 'honey');
    await like('salt-1', 'salt');
    await isIn('external:honey-1', 'sweet-too');
    await kairos.track('track', { userId: 'honey-1', event: 'Tasted' });
    const runs = async (): Promise<string[]> => {
      const found = await kairos.mongo.collections.runs
        .find({ journey: { $in: ['by-taste', 'by-both'] } })
        .sort({ journey: 1 })
        .toArray();
      return found.map(({ journey: key, status }) => `${key} ${status}`);
    };
    await kairos.until('both runs', async () => ((await runs()).length === 2 ? true : null));
    // The run under way goes on by the version that it began by.
    await kairos.publish({ ...frame, key: 'by-both', entry: { event: 'Tasted' } });
    await kairos.publish({ ...frame, key: 'by-none', entry: { event: 'Tasted' }, exits });
    await kairos.publish({ ...frame, key: 'by-none', entry: { event: 'Drunk' } });

    const { warnings = [] } = await define('sweet', condition('salt'));
    expect(warnings).toMatchObject([{ pointer: '#/condition' }]);
    expect(warnings[0]?.detail).toMatch(/^Runs of "by-taste", "by-both" begin or end/);
    await live('sweet');
    await isIn('external:salt-1', 'sweet-too');
    await isIn('external:honey-1', 'sweet-too', false);
    // Whatever the change had told of would be known by now, behind these.
    await like('honey-1', 'salt');
    await isIn('external:honey-1', 'sweet-too');
    await like('honey-2', 'salt');
    await kairos.until('who came in by a word of theirs', async () =>
      (await runs()).length === 3 ? true : null,
    );
    expect(await runs()).toEqual(['by-both running', 'by-taste running', 'by-taste running']);
    expect(await define('sweet', { ...condition('salt'), name: 'Salty' })).toMatchObject({
      warnings: [],
    });
    await like('honey-1', 'pepper');
    expect(await kairos.endedRun('by-both', 'external:honey-1')).toMatchObject({
      status: 'exited',
    });
  });
});
