/** What the documents of well-known mail services tell their customers to include in SPF. */
const RELAYS: readonly { host: RegExp; include: string }[] = [
  { host: /(^|\.)amazonaws\.com$/, include: 'amazonses.com' },
  { host: /(^|\.)(gmail|google|googlemail)\.com$/, include: '_spf.google.com' },
  { host: /(^|\.)(office365|outlook)\.com$/, include: 'spf.protection.outlook.com' },
  { host: /(^|\.)eu\.mailgun\.org$/, include: 'eu.mailgun.org' },
  { host: /(^|\.)mailgun\.org$/, include: 'mailgun.org' },
  { host: /(^|\.)sendgrid\.net$/, include: 'sendgrid.net' },
  { host: /(^|\.)postmarkapp\.com$/, include: 'spf.mtasv.net' },
  { host: /(^|\.)(brevo|sendinblue)\.com$/, include: 'spf.brevo.com' },
  { host: /(^|\.)mailjet\.com$/, include: 'spf.mailjet.com' },
  { host: /(^|\.)(sparkpostmail|sparkpost)\.com$/, include: 'sparkpostmail.com' },
  { host: /(^|\.)zoho\.eu$/, include: 'zoho.eu' },
  { host: /(^|\.)zoho\.com$/, include: 'zohomail.com' },
];

/** The SPF record that a relay's customers are told to include; null: we do not know the relay. */
export function includeOfRelay(host: string): string | null {
  return RELAYS.find((relay) => relay.host.test(host.toLowerCase()))?.include ?? null;
}

/** Domains at which everybody has a mailbox and nobody has the DNS. */
const FREE_MAIL = new Set([
  'gmail.com',
  'googlemail.com',
  'outlook.com',
  'hotmail.com',
  'live.com',
  'yahoo.com',
  'icloud.com',
  'aol.com',
  'gmx.net',
  'gmx.de',
  'web.de',
  'ukr.net',
  'mail.ru',
  'wp.pl',
  'proton.me',
]);

export function isFreeMail(domain: string): boolean {
  return FREE_MAIL.has(domain);
}
