/**
 * How old what a worker knows of settings may be, in ms. Whoever changes them answers only when this
 * is over: so every message decided after the answer is decided by them, and no message costs a read.
 */
export const SETTINGS_STALE_MS = 1_000;

/** What `read` answered, at most SETTINGS_STALE_MS old; `now` counts ms and never goes back. */
export function knownSettings<T>(
  read: () => Promise<T>,
  now: () => number = () => performance.now(),
): () => Promise<T> {
  let known: { readAt: number; settings: Promise<T> } | null = null;
  return () => {
    const readAt = now();
    if (known !== null && readAt - known.readAt < SETTINGS_STALE_MS) return known.settings;
    const settings = read();
    const reading = { readAt, settings };
    known = reading;
    settings.catch(() => {
      if (known === reading) known = null;
    });
    return settings;
  };
}

/** Until every worker goes by what was set just now. */
export async function settingsTaken(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, SETTINGS_STALE_MS));
}
