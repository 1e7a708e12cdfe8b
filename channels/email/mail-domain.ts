import { z } from 'zod';

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const DOMAIN = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})+$`);
const SELECTOR = new RegExp(`^(?=.{1,63}$)${LABEL}(?:\\.${LABEL})*$`);

export function isMailDomain(text: string): boolean {
  return DOMAIN.test(text);
}

export function isSelector(text: string): boolean {
  return SELECTOR.test(text);
}

/** A setting that is a domain, in small letters. */
export const MailDomain = z
  .string()
  .transform((text) => text.trim().toLowerCase())
  .refine(isMailDomain, { error: 'is no domain such as shop.example' });

/** The domain of a sender such as `Shop <shop@kairos.example>`; null: it has none. */
export function domainOfSender(from: string): string | null {
  return /@([^>\s@]+)>?\s*$/.exec(from)?.[1]?.toLowerCase() ?? null;
}
