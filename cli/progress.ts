export type Say = (line: string) => void;

/** Whatever takes longer than this is announced. */
const ANNOUNCE_AFTER_MS = 1_000;

/** Long work says that it is still alive this often. */
const REPEAT_EVERY_MS = 10_000;

/** Runs `work`; when it takes longer than a second says what is going on, and how long it took. */
export async function withProgress<T>(say: Say, label: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const seconds = (): string => `${String(Math.round((performance.now() - startedAt) / 1000))} s`;
  const shown: { repeat?: NodeJS.Timeout } = {};
  const announce = setTimeout(() => {
    say(`${label} …`);
    shown.repeat = setInterval(() => {
      say(`${label}: ${seconds()} …`);
    }, REPEAT_EVERY_MS);
  }, ANNOUNCE_AFTER_MS);
  try {
    const result = await work();
    if (shown.repeat !== undefined) say(`${label}: took ${seconds()}.`);
    return result;
  } finally {
    clearTimeout(announce);
    clearInterval(shown.repeat);
  }
}
