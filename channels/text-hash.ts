import type { Content } from '#channels/provider.ts';
import { sha256Hex } from '#platform/hash.ts';

/** What a message is known by where a provider can only be asked for its text: SHA-256, hex. */
export function textHash(text: string): string {
  return sha256Hex(text);
}

/** The same of what goes out; null for content without a text of its own. */
export function contentHash(content: Content): string | null {
  return 'text' in content ? textHash(content.text) : null;
}
