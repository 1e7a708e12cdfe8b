import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { AcceptedMessages } from '#sandbox/accepted-messages.ts';
import { sandboxApp } from '#sandbox/app.ts';
import { ReceiptPoster } from '#sandbox/post-receipts.ts';
import { sandboxSettings } from '#sandbox/settings.ts';

/** Longer than clients keep a connection, so that it is never closed under a request. */
const KEEP_ALIVE_MS = 65_000;
/** A stopping sandbox waits no longer than this for answers under way. */
const STOP_MS = 2_000;

/** After a failed write those who asked are still told so. */
const FAILED_MS = 500;

const settings = sandboxSettings(process.env);
await mkdir(settings.dir, { recursive: true, mode: 0o700 });
const { messages, unacknowledged } = await AcceptedMessages.open(
  path.join(settings.dir, 'journal.ndjson'),
  // Nothing can be accepted any more: whoever looks after this process starts a new one.
  () => setTimeout(() => process.exit(1), FAILED_MS),
);
const poster = new ReceiptPoster(settings, (receipt) => messages.acknowledge(receipt));
poster.schedule(unacknowledged);

const app = await sandboxApp({ messages, poster }, settings);

const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, app);
// Loopback only: whoever reaches the sandbox reads the inbox.
server.listen(settings.port, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : settings.port;
  process.stdout.write(`sandbox ready on http://127.0.0.1:${String(port)}\n`);
});

function stop(): void {
  poster.stop();
  setTimeout(() => process.exit(0), STOP_MS).unref();
  server.close(() => {
    void messages.close().finally(() => process.exit(0));
  });
  server.closeIdleConnections();
}
process.once('SIGINT', stop);
process.once('SIGTERM', stop);
