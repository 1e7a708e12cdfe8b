import { describe, expect, it } from '@jest/globals';
import { chooseWinner } from '#domain/campaign/choose-winner.ts';

const A = { variant: 'a', sent: 100, opened: 30, clicked: 5 };
const B = { variant: 'b', sent: 50, opened: 20, clicked: 2 };

describe('chooseWinner', () => {
  it('goes by the share of people, not by their number', () => {
    expect(chooseWinner([A, B], 'opens')).toBe('b');
    expect(chooseWinner([A, B], 'clicks')).toBe('a');
  });

  it('takes the first of equals, also where nobody did anything or got anything', () => {
    expect(chooseWinner([A, { ...A, variant: 'b' }], 'opens')).toBe('a');
    const nobody = { sent: 0, opened: 0, clicked: 0 };
    expect(
      chooseWinner(
        [
          { variant: 'a', ...nobody },
          { variant: 'b', ...nobody },
        ],
        'opens',
      ),
    ).toBe('a');
    expect(chooseWinner([{ variant: 'a', ...nobody }, B], 'clicks')).toBe('b');
  });
});
