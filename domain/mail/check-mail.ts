import type { Asked } from './dns-answer.ts';
import { dkimName, findDkim, SENDGRID_SELECTORS } from './find-dkim.ts';
import { dmarcName, findDmarc } from './find-dmarc.ts';
import { findFrom, findMailHosts, findReturnPath, findReverseDns } from './find-paths.ts';
import { findSpf } from './find-spf.ts';
import {
  returnPathOf,
  type Examined,
  type Finding,
  type MailSetup,
  type MailTools,
} from './mail-check.ts';

/** What has to be asked of DNS, beside the records that an SPF record includes. */
export function questionsFor(
  setup: MailSetup,
  { organisationOf }: Pick<MailTools, 'organisationOf'>,
): Asked[] {
  const { domain, providers, dkim, bounceDomain } = setup;
  const bySmtp = providers.includes('smtp');
  const bySendgrid = providers.includes('sendgrid');
  const names = new Map<string, Asked>();
  const ask = (type: Asked['type'], name: string): void => {
    names.set(`${type} ${name}`, { type, name });
  };
  ask('TXT', dmarcName(domain));
  ask('TXT', dmarcName(organisationOf(domain)));
  ask('MX', domain);
  ask('A', domain);
  if (bySmtp) ask('TXT', returnPathOf(setup));
  if (bySmtp && dkim !== null) ask('TXT', dkimName(dkim.selector, dkim.domain));
  if (bySmtp && bounceDomain !== null) {
    ask('MX', bounceDomain);
    ask('A', bounceDomain);
  }
  for (const selector of bySendgrid ? SENDGRID_SELECTORS : []) {
    ask('CNAME', dkimName(selector, domain));
    ask('TXT', dkimName(selector, domain));
  }
  return [...names.values()];
}

/** All that was found, in the order in which it is to be put right. */
export function checkMail(examined: Examined): Finding[] {
  return [
    ...findFrom(examined),
    ...findSpf(examined),
    ...findDkim(examined),
    ...findDmarc(examined),
    ...findMailHosts(examined),
    ...findReturnPath(examined),
    ...findReverseDns(examined),
  ];
}
