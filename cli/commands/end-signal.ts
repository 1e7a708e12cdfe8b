/**
 * Aborted at Ctrl-C and when the process is asked to end: what is under way then ends in its own
 * order and cleans up. A second Ctrl-C ends the process at once.
 */
export function endSignal(): AbortSignal {
  const ending = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(name, () => {
      ending.abort();
    });
  }
  return ending.signal;
}
