import { readTags } from './tag-list.ts';

const POLICIES = ['none', 'quarantine', 'reject'] as const;
export type DmarcPolicy = (typeof POLICIES)[number];

/** `r`: the organisational domain is enough; `s`: it must be the very domain. */
export type AlignmentMode = 'r' | 's';

export interface DmarcRecord {
  policy: DmarcPolicy;
  /** For subdomains. */
  subdomainPolicy: DmarcPolicy;
  dkim: AlignmentMode;
  spf: AlignmentMode;
  /** Where aggregate reports go. */
  reports: string[];
  /** Of 100 mails that fail, how many the policy is for. */
  percent: number;
}

/** Whether a TXT record claims to be of DMARC: of several that do none counts. */
export function isDmarc(text: string): boolean {
  return /^v\s*=\s*DMARC1\s*(;|$)/.test(text);
}

/** Reads a DMARC record (RFC 7489 section 6.3), or says what of it receivers will not understand. */
export function readDmarcRecord(text: string): { ok: DmarcRecord } | { fault: string } {
  const tags = readTags(text);
  if (tags === null) return { fault: 'it is no list of tag=value; …' };
  const policy = policyOf(tags.get('p'));
  if (policy === null) return { fault: 'it has no p=none, p=quarantine or p=reject' };
  const subdomainPolicy = tags.has('sp') ? policyOf(tags.get('sp')) : policy;
  if (subdomainPolicy === null) return { fault: 'its sp is none of none, quarantine and reject' };
  const percent = Number(tags.get('pct') ?? '100');
  if (!Number.isInteger(percent) || percent < 0 || percent > 100) {
    return { fault: 'its pct is no number from 0 to 100' };
  }
  const reports = (tags.get('rua') ?? '').split(',').flatMap((one) => one.trim() || []);
  return {
    ok: {
      ...{ policy, subdomainPolicy, percent, reports },
      dkim: modeOf(tags.get('adkim')),
      spf: modeOf(tags.get('aspf')),
    },
  };
}

function policyOf(text: string | undefined): DmarcPolicy | null {
  return POLICIES.find((one) => one === text?.toLowerCase()) ?? null;
}

function modeOf(text: string | undefined): AlignmentMode {
  return text?.toLowerCase() === 's' ? 's' : 'r';
}

/** The domain below which a name was registered: `shop.example` of `news.shop.example`. */
export type OrganisationOf = (domain: string) => string;

/** Whether a domain that passed its check counts for the domain that people see as the sender. */
export function isAligned(
  passed: string,
  {
    from,
    mode,
    organisationOf,
  }: { from: string; mode: AlignmentMode; organisationOf: OrganisationOf },
): boolean {
  if (passed === from) return true;
  return mode === 'r' && organisationOf(passed) === organisationOf(from);
}
