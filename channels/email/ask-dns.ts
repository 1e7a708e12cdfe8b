import { Resolver } from 'node:dns/promises';
import { getDomain } from 'tldts';
import { z } from 'zod';
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
/** After this long, ms, the whole check gives up on whoever has not answered: somebody waits for it. */
const CHECK_MAX_MS = 15_000;
/** Records that include others, one within the other; each round asks for all of one depth. */
const SPF_DEPTH_MAX = 10;

const TOOLS: MailTools = {
  organisationOf: (domain) => getDomain(domain, { allowPrivateDomains: true }) ?? domain,
  bitsOf: dkimBits,
};

/**
 * Asks DNS what it holds for the sender of mail, and says what it should. Where servers are named, by
 * commas and as `127.0.0.1:5353`, they are asked instead of the machine's own. What DNS does not
 * answer is a finding. @throws Error at once for what is no server's address
 */
export function createCheckMail(named: string) {
  const servers = named.split(',').flatMap((one) => one.trim() || []);
  openResolver(servers);
  return async function check(setup: MailSetup): Promise<Finding[]> {
    const resolver = openResolver(servers);
    const over = AbortSignal.timeout(CHECK_MAX_MS);
    over.addEventListener('abort', () => {
      resolver.cancel();
    });
    const answers: Answers = { TXT: new Map(), CNAME: new Map(), MX: new Map(), A: new Map() };
    await askAll({ resolver, over }, questionsFor(setup, TOOLS), answers);
    const domain = setup.providers.includes('smtp') ? returnPathOf(setup) : null;
    for (let depth = 0; domain !== null && depth < SPF_DEPTH_MAX && !over.aborted; depth += 1) {
      const names = spfDomainsToAsk(domain, answers.TXT);
      if (names.length === 0) break;
      const questions = names.map((name) => ({ type: 'TXT' as const, name }));
      await askAll({ resolver, over }, questions, answers);
    }
    return checkMail({ setup, answers, tools: TOOLS });
  };
}

function openResolver(servers: readonly string[]): Resolver {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  try {
    if (servers.length > 0) resolver.setServers(servers);
    return resolver;
  } catch {
    throw new Error(
      'MAIL_CHECK_DNS must be addresses of name servers by commas, such as 192.0.2.53 or 127.0.0.1:5353.',
    );
  }
}

export type CheckMail = ReturnType<typeof createCheckMail>;

type Answers = { [Type in AskedType]: Map<string, AnswersTo[Type]> };
type AnswersTo = {
  [Type in AskedType]: MailAnswers[Type] extends ReadonlyMap<string, infer Answer> ? Answer : never;
};

async function askAll(
  { resolver, over }: { resolver: Resolver; over: AbortSignal },
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
          answers.A.set(name, await addresses(resolver, name, over));
          return;
      }
    }),
  );
}

const lowered = (name: string): string => name.toLowerCase();

async function addresses(
  resolver: Resolver,
  name: string,
  over: AbortSignal,
): Promise<DnsAnswer<string>> {
  const four = await said(resolver.resolve4(name), (one) => one);
  if ('records' in four && four.records.length > 0) return four;
  // What is asked from now on nobody would cancel.
  if (over.aborted) return { failed: 'ECANCELLED' };
  return said(resolver.resolve6(name), (one) => one);
}

/** What the resolver rejects with. */
const DnsFailure = z.object({ code: z.string() });
/** Codes by which it says that a name has no such records. */
const NONE = new Set(['ENOTFOUND', 'ENODATA']);

async function said<Row, T>(
  asking: Promise<readonly Row[]>,
  read: (row: Row) => T,
): Promise<DnsAnswer<T>> {
  try {
    return { records: (await asking).map(read) };
  } catch (error) {
    const code = DnsFailure.safeParse(error).data?.code ?? 'no answer';
    return NONE.has(code) ? { records: [] } : { failed: code };
  }
}
