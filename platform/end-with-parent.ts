/**
 * Ends this process in order when it is asked to (SIGTERM, SIGINT) and when the program that started
 * it with a channel is gone, however that ended. `shutdown` runs once; afterwards the process exits
 * with 0, or with 1 if it threw. What takes longer than the starter's patience is killed by it; an
 * orphan gives itself `orphanMs`.
 */
export function endWithParent(shutdown: () => Promise<void>, orphanMs = 10_000): void {
  let ending = false;
  const end = (): void => {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(1), orphanMs).unref();
    shutdown().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  // A process that was given a channel can send, also when the channel broke while it was loading.
  if (process.send === undefined) return;
  if (process.connected) process.on('disconnect', end);
  else end();
}
