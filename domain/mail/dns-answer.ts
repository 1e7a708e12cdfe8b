/** What DNS said of a name: its records (none, where it has none of the kind), or nothing at all. */
export type DnsAnswer<T> = { records: readonly T[] } | { failed: string };

/** A host that takes a domain's mail. */
export interface MailHost {
  /** Empty: the domain says that it takes none (RFC 7505). */
  exchange: string;
  priority: number;
}

export type AskedType = 'TXT' | 'CNAME' | 'MX' | 'A';

/** One question to DNS. `A` stands for addresses of either kind. */
export interface Asked {
  type: AskedType;
  name: string;
}

/** All answers, by name. */
export interface MailAnswers {
  TXT: ReadonlyMap<string, DnsAnswer<string>>;
  CNAME: ReadonlyMap<string, DnsAnswer<string>>;
  MX: ReadonlyMap<string, DnsAnswer<MailHost>>;
  A: ReadonlyMap<string, DnsAnswer<string>>;
}

const NOT_ASKED = { failed: 'not asked' } as const;

/** The answer to one question, where it was asked. */
export function answerOf<Type extends AskedType>(
  answers: MailAnswers,
  type: Type,
  name: string,
): Type extends 'MX' ? DnsAnswer<MailHost> : DnsAnswer<string> {
  const found = answers[type].get(name) ?? NOT_ASKED;
  return found as Type extends 'MX' ? DnsAnswer<MailHost> : DnsAnswer<string>;
}
