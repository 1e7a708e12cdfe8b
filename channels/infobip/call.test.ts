import { describe, expect, it } from '@jest/globals';
import { checkTaken } from '#channels/infobip/call.ts';

const answer = (groupName: string, id: number) => ({
  messages: [{ messageId: 'm', status: { groupName, id, name: `${groupName}_${String(id)}` } }],
});

describe('an answer of Infobip that is no refusal as a whole', () => {
  it.each([
    ['it took the message', answer('PENDING', 26)],
    ['it knows the id already, for it took the message before', answer('REJECTED', 23)],
  ])('is good where %s', (_what, said) => {
    expect(() => {
      checkTaken('infobip-sms', said);
    }).not.toThrow();
  });

  it.each([
    ['badAddress', answer('REJECTED', 52)],
    ['optedOut', answer('REJECTED', 14)],
    ['ourFault', answer('REJECTED', 12)],
    ['unsure', {}],
    ['unsure', { messages: [] }],
  ])('means %s otherwise', (action, said) => {
    expect(() => {
      checkTaken('infobip-sms', said);
    }).toThrow(expect.objectContaining({ action }));
  });
});
