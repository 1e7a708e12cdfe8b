import { z } from 'zod';

const Problem = z.object({
  title: z.string(),
  detail: z.string().optional(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
});

/**
 * What Kairos refused, in lines: the sentence, then each fault with its place. Null for what is no
 * problem of RFC 9457.
 */
export function problemText(body: unknown): string | null {
  const problem = Problem.safeParse(body);
  if (!problem.success) return null;
  const { detail, title, errors = [] } = problem.data;
  const lines = errors.map((one) => `  ${one.pointer}  ${one.detail}`);
  return [detail ?? title, ...lines].join('\n');
}
