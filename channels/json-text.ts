import { z } from 'zod';

/** What a provider answered, as JSON; a gateway's page in its place is `instead`. */
export function jsonOr(text: string, instead: unknown): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return instead;
  }
}

/** A setting that is JSON as text. */
export const JsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'is not JSON' });
    return z.NEVER;
  }
});
