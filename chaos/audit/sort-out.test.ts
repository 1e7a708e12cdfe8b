import { describe, expect, it } from '@jest/globals';
import { recordOf } from './lived-story.example.ts';
import type { Everything } from './observed.ts';
import { letterOf, perfectWorld } from './perfect-world.example.ts';
import { judgeLeftovers, partOf } from './sort-out.ts';

const record = recordOf('welcome: all arrives');
const { profile, runs, messages, letters } = perfectWorld(record);
const [run] = runs;
const [message] = messages;
if (run === undefined || message === undefined) throw new Error('nothing was sent');

function kinds(everything: Everything): string[] {
  const part = partOf(record, profile, everything);
  const own = { profile, events: [], ...part };
  return judgeLeftovers(everything, [own]).map(({ kind }) => kind);
}

describe('what is there and belongs to no customer', () => {
  it('is nothing where everything is somebody’s', () => {
    expect(kinds({ runs, messages, letters })).toEqual([]);
  });

  it('is found: a run of a profile that nobody is', () => {
    const stray = { ...run, id: 'stray', profileId: 'nobody' };
    expect(kinds({ runs: [...runs, stray], messages, letters })).toEqual(['run of nobody']);
  });

  it('is found: a message of a run that is not there', () => {
    const stray = { ...message, id: 'stray/hello/1/0', runId: 'stray' };
    expect(kinds({ runs, messages: [...messages, stray], letters })).toEqual(['message of nobody']);
  });

  it('is found: a letter to an address that nobody has', () => {
    const stray = letterOf('stray/hello/1/0', 'nobody@chaos.example');
    expect(kinds({ runs, messages, letters: [...letters, stray] })).toEqual(['letter of nobody']);
  });

  it('is not a letter for a customer: their own judge looks at that', () => {
    const stray = letterOf('stray/hello/1/0', record.customer.email);
    const everything = { runs, messages, letters: [...letters, stray] };
    expect(kinds(everything)).toEqual([]);
    expect(partOf(record, profile, everything).letters).toContain(stray);
  });
});
