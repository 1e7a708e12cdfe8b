import { expect, it } from '@jest/globals';
import { linksBeside } from './page-links.ts';

it('the links of a message carry one token', () => {
  expect(linksBeside('https://kairos.example/v1/unsubscribe/a.b')).toEqual({
    unsubscribe: 'https://kairos.example/v1/unsubscribe/a.b',
    preferences: 'https://kairos.example/v1/preferences/a.b',
    confirm: 'https://kairos.example/v1/confirm/a.b',
  });
});
