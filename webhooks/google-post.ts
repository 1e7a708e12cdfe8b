import type { JsonObject } from '#domain/json.ts';
import type { Post } from './post-webhook.ts';
import type { StoredGoogle } from './webhook-document.ts';

/** Where events are told, and where Google says what is wrong with them and keeps nothing. */
const PATHS = { collect: '/mp/collect', validate: '/debug/mp/collect' } as const;

/**
 * One call of the Measurement Protocol. Its secret is part of the address, as the protocol has it:
 * addresses are neither logged nor kept.
 */
export function googlePost(
  { url, measurementId, secrets }: Pick<StoredGoogle, 'url' | 'measurementId' | 'secrets'>,
  path: keyof typeof PATHS,
  body: JsonObject,
): Post {
  const to = new URL(PATHS[path], url);
  to.searchParams.set('measurement_id', measurementId);
  to.searchParams.set('api_secret', secrets[0]?.secret ?? '');
  return { url: to.href, headers: {}, body: JSON.stringify(body) };
}
