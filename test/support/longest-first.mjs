import TestSequencer from '@jest/test-sequencer';

/**
 * What takes longest, so that the run does not end with one of them alone: without the times of an
 * earlier run, as in CI, jest goes by the size of files, which says nothing of that.
 */
const LONGEST = [
  'test/chaos.test.ts',
  'test/demo.test.ts',
  'test/crash.test.ts',
  'test/journeys/library.test.ts',
  'test/backup.test.ts',
  'test/bench.test.ts',
  'test/lost-workflow.test.ts',
  'test/reconcile.test.ts',
  'test/kairos-command.test.ts',
  'test/journeys/cascade.test.ts',
  'test/launcher.test.ts',
  'test/catalogue.test.ts',
  'test/journeys/control.test.ts',
  'test/sources-told.test.ts',
  'test/webhooks.test.ts',
  'test/crash-outage.test.ts',
];

/** Jest's own order, behind the longest. */
export default class LongestFirst extends TestSequencer {
  async sort(tests) {
    const place = ({ path }) => {
      const at = LONGEST.findIndex((name) => path.endsWith(`/${name}`));
      return at === -1 ? LONGEST.length : at;
    };
    return [...(await super.sort(tests))].sort((one, other) => place(one) - place(other));
  }
}
