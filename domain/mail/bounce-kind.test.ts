import { describe, expect, it } from '@jest/globals';
import { bounceKind } from './bounce-kind.ts';

const kind = (status: string, diagnostic: string): string => bounceKind({ status, diagnostic });

describe('a mail that came back', () => {
  it.each([
    ['5.1.1', 'smtp; 550-5.1.1 The email account that you tried to reach does not exist.'],
    [
      '5.1.10',
      'smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup',
    ],
    ['5.2.1', 'smtp; 550 5.2.1 The email account that you tried to reach is disabled.'],
    [
      '5.4.4',
      'X-Postfix; Host or domain name not found. Name service error for name=customer.example',
    ],
    ['5.1.1', 'smtp; 550 5.1.1 <anna@customer.example>: Recipient address rejected: User unknown'],
    ['5.4.1', 'smtp;550 5.4.1 Recipient address rejected: Access denied.'],
    ['5.0.0', 'smtp; 550 5.1.1 unknown'],
    ['5.0.0', 'smtp; 550 No such user here'],
    ['5.0.0', "smtp; 554 delivery error: dd This user doesn't have a yahoo.com account"],
    ['', 'smtp; 550 5.1.1 user unknown'],
    ['', '550 Unrouteable address'],
    ['5.1.1', 'smtp; 550 5.1.1 <content@customer.example>: user unknown'],
    ['5.0.0', 'smtp; 550 spam.policy@customer.example: user unknown'],
  ])('ends its address where nobody is there: %s %s', (status, diagnostic) => {
    expect(kind(status, diagnostic)).toBe('hard');
  });

  it.each([
    ['4.4.1', 'X-Postfix; connect to mx.customer.example[198.51.100.9]:25: Connection timed out'],
    ['5.2.2', 'smtp; 552 5.2.2 The email account that you tried to reach is over quota.'],
    ['4.2.2', 'smtp; 452 4.2.2 The email account that you tried to reach is over quota.'],
    ['5.4.6', 'smtp; 554 5.4.6 Routing loop detected'],
    ['5.0.0', 'smtp; 554 Transaction failed'],
    ['', '550 no more of [5.1.1.7] today'],
  ])('counts against it where it may work later: %s %s', (status, diagnostic) => {
    expect(kind(status, diagnostic)).toBe('soft');
  });

  it.each([
    [
      '5.7.26',
      'smtp; 550-5.7.26 Your email has been blocked because the sender is unauthenticated.',
    ],
    ['5.7.1', 'smtp; 550 5.7.1 Service unavailable, client host blocked using Spamhaus'],
    ['4.7.28', 'smtp; 421-4.7.28 unusual rate of unsolicited mail'],
    ['', '554 client host [5.1.1.7] rejected: see our policy'],
    ['5.0.0', 'smtp; 554 Message rejected under suspicion of SPAM'],
    ['5.3.4', 'smtp; 552 5.3.4 Message size exceeds fixed limit'],
    ['5.1.1', 'smtp; 550 5.1.1 rejected due to SPF policy'],
  ])('says nothing of it where we were refused: %s %s', (status, diagnostic) => {
    expect(kind(status, diagnostic)).toBe('none');
  });
});
