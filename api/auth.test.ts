import { describe, expect, it } from '@jest/globals';
import { authorize, createApiKeys, SCOPES } from './auth.ts';

const [KEY] = createApiKeys(['key'], []);

describe('a key', () => {
  it('may do what needs several rights only where it has them all', () => {
    const asked = ['templates:read', 'profiles:read'] as const;
    const may = (scopes: readonly (typeof SCOPES)[number][]) => (): void => {
      if (KEY !== undefined) authorize([{ ...KEY, scopes: new Set(scopes) }], 'Bearer key', asked);
    };
    expect(may(SCOPES)).not.toThrow();
    expect(may(asked)).not.toThrow();
    const words = 'The key lacks the scope `profiles:read`.';
    expect(may(['templates:read'])).toThrow(words);
    expect(may(SCOPES.filter((scope) => scope !== 'templates:read'))).toThrow(
      'The key lacks the scope `templates:read`.',
    );
  });
});
