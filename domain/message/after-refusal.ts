/** A provider that was called for a message and refused it because it is ill. */
export interface IllProvider {
  provider: string;
  /** It does not know our account, which only an operator can mend. */
  isAccount: boolean;
}

/** Where a message goes that a provider refused because it is ill. */
export type AfterRefusal =
  /** To another provider at once. */
  | { go: 'elsewhere'; ill: IllProvider[] }
  /** After a pause: to one that is left alone just now, or to all of them once more. */
  | { go: 'wait'; ill: IllProvider[] }
  /** Nowhere: all were asked, and none of them knows our account. */
  | { go: 'nowhere' };

/**
 * Each provider of a channel is asked once before there is a pause, and whose account is wrong ends
 * the message only where that is so of all. `before`: who refused it since the last round; `line`:
 * all providers of the channel; `isFree`: whether one may be called now.
 */
export function afterRefusal(
  refused: IllProvider,
  before: readonly IllProvider[],
  line: readonly string[],
  isFree: (provider: string) => boolean,
): AfterRefusal {
  const ill = [...before.filter(({ provider }) => provider !== refused.provider), refused];
  const unasked = line.filter((name) => !ill.some(({ provider }) => provider === name));
  if (unasked.some(isFree)) return { go: 'elsewhere', ill };
  if (unasked.length > 0) return { go: 'wait', ill };
  return ill.every(({ isAccount }) => isAccount) ? { go: 'nowhere' } : { go: 'wait', ill: [] };
}
