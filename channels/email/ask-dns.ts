import { Resolver } from 'node:dns/promises';
import { getDomain } from 'tldts';
import { dkimBits } from '#channels/email/dkim-key.ts';
import { checkMail, questionsFor } from '#domain/mail/check-mail.ts';
import type { Asked, AskedType, DnsAnswer, MailAnswers } from '#domain/mail/dns-answer.ts';
import { spfDomainsToAsk } from '#domain/mail/examine-spf.ts';
import {
  returnPathOf,
  type Finding,
  type MailSetup,
  type MailTools,
} from '#domain/mail/mail-check.ts';

/** A name server that answers takes some ms; one that does not is asked a second time. */
const TIMEOUT_MS = 2_000;
const TRIES = 2;
/** Records that include others, one within the other; each round asks for all of one depth. */
const SPF_DEPTH_MAX = 10;

const TOOLS: MailTools = {
  organisationOf: (domain) => getDomain(domain, { allowPrivateDomains: true }) ?? domain,
  bitsOf: dkimBits,
};

/**
 * Asks DNS what it holds for the sender of mail, and says what it should. `servers` are asked instead
 * of the machine's own where any is named, as `127.0.0.1:5353`. Never throws: what DNS does not
 * answer is a finding.
 */
export function createCheckMail(servers: readonly string[]) {
  return async function check(setup: MailSetup): Promise<Finding[]> {
    const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
    if (servers.length > 0) resolver.setServers(servers);
    const answers = { TXT: new Map(), CNAME: new Map(), MX: new Map(), A: new Map() } as Answers;
    await askAll(resolver, questionsFor(setup, TOOLS), answers);
    if (setup.providers.includes('smtp')) await askIncluded(resolver, setup, answers);
    return checkMail({ setup, answers, tools: TOOLS });
  };
}

export type CheckMail = ReturnType<typeof createCheckMail>;

type Answers = { [Type in AskedType]: Map<string, AnswersTo[Type]> };
type AnswersTo = {
  [Type in AskedType]: MailAnswers[Type] extends ReadonlyMap<string, infer Answer> ? Answer : never;
};

async function askIncluded(resolver: Resolver, setup: MailSetup, answers: Answers): Promise<void> {
  const domain = returnPathOf(setup);
  for (let depth = 0; depth < SPF_DEPTH_MAX; depth += 1) {
    const names = spfDomainsToAsk(domain, answers.TXT);
    if (names.length === 0) return;
    await askAll(
      resolver,
      names.map((name) => ({ type: 'TXT', name })),
      answers,
    );
  }
}

async function askAll(
  resolver: Resolver,
  questions: readonly Asked[],
  answers: Answers,
): Promise<void> {
  await Promise.all(
    questions.map(async ({ type, name }) => {
      switch (type) {
        case 'TXT':
          // A long record comes in pieces.
          answers.TXT.set(name, await said(resolver.resolveTxt(name), (texts) => texts.join('')));
          return;
        case 'CNAME':
          answers.CNAME.set(name, await said(resolver.resolveCname(name), lowered));
          return;
        case 'MX':
          answers.MX.set(name, await said(resolver.resolveMx(name), (host) => host));
          return;
        case 'A':
          answers.A.set(name, await addresses(resolver, name));
          return;
      }
    }),
  );
}

const lowered = (name: string): string => name.toLowerCase();

async function addresses(resolver: Resolver, name: string): Promise<DnsAnswer<string>> {
  const four = await said(resolver.resolve4(name), (one) => one);
  if ('records' in four && four.records.length > 0) return four;
  return said(resolver.resolve6(name), (one) => one);
}

/** Codes by which the resolver says that a name has no such records. */
const NONE = new Set(['ENOTFOUND', 'ENODATA']);

async function said<Row, T>(
  asking: Promise<readonly Row[]>,
  read: (row: Row) => T,
): Promise<DnsAnswer<T>> {
  try {
    return { records: (await asking).map(read) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'no answer';
    return NONE.has(code) ? { records: [] } : { failed: code };
  }
}
