import { type CustomerRecord, type Line, recordsOf } from '#chaos/journal.ts';
import type { Customer } from '#chaos/shop/customer.ts';
import { STORIES } from '#chaos/shop/stories.ts';
import { callsOf } from '#chaos/shop/words.ts';

const PACE = { patient: 10, brisk: 100, plain: 12 };
const BEGAN = Date.parse('2026-06-01T10:00:00Z');

/** The journal of the customer `c1` who lives this story, a second between two calls. */
export function recordOf(name: string): CustomerRecord {
  const story = STORIES.find((one) => one.name === name);
  if (story === undefined) throw new Error(`there is no story ${name}`);
  const customer: Customer = {
    id: 'c1',
    story: name,
    email: 'c1@chaos.example',
    phone: '+12025550001',
    token: 'token-of-c1',
    anonymousId: 'browser-of-c1',
    rules: story.rules,
  };
  const lines: Line[] = [{ kind: 'customer', customer }];
  let saw: Extract<Line, { kind: 'calls' }>['saw'] = null;
  for (const [place, action] of story.actions(PACE).entries()) {
    const at = BEGAN + place * 1_000;
    if (action.do === 'see') {
      saw = action.sight;
      continue;
    }
    const said =
      action.do === 'request'
        ? { kind: 'request' as const, journey: action.journey, key: action.key }
        : { kind: 'calls' as const, calls: callsOf(customer, action, { place, at }), saw };
    lines.push({ ...said, customer: 'c1', at }, { kind: 'answered', customer: 'c1', at });
  }
  const [record] = recordsOf(lines);
  if (record === undefined) throw new Error('there is no record');
  return record;
}
