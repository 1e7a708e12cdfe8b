import type { RunEntry } from '#domain/journey/run.ts';
import type { Json } from '#domain/json.ts';
import { hostsWrittenIn, isWebAddress } from './template-links.ts';

/**
 * The hosts of the addresses that began a run, where the shop itself said them: its server, its files
 * or its catalogue, and no browser, whose key is public.
 */
export function hostsToldIn({
  event,
  properties,
}: Pick<RunEntry, 'event' | 'properties'>): string[] {
  if (event?.byBrowser === true) return [];
  return hostsWrittenIn(textsIn(properties).filter(isWebAddress));
}

function textsIn(value: Json): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
