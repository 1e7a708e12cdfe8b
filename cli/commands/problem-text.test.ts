import { describe, expect, it } from '@jest/globals';
import { problemText } from './problem-text.ts';

describe('A refusal', () => {
  it('is told with each of its faults and where it is', () => {
    const errors = [{ pointer: '#/query/since', detail: 'Write an instant.' }];
    const problem = { title: 'Invalid', detail: 'The query is not right.', errors };
    expect(problemText(problem)).toBe(
      'The query is not right.\n  #/query/since  Write an instant.',
    );
    expect(problemText({ title: 'Not found' })).toBe('Not found');
  });

  it('is none where another program answers', () => {
    expect(problemText('<html>')).toBeNull();
    expect(problemText(undefined)).toBeNull();
  });
});
