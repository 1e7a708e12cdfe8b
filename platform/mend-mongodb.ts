import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';

/** What we use of the driver's own class, of which it publishes no types. */
interface DriverConnection {
  socket: EventEmitter;
  cleanup: (this: DriverConnection, error: Error) => void;
}

/** The driver's class of one connection, which its own index does not name. */
const { Connection } = createRequire(import.meta.url)('mongodb/lib/cmap/connection.js') as {
  Connection: { prototype: DriverConnection };
};

let isMended = false;

/**
 * A fault of the driver (7.9.0, `Connection.writeCommand`): a command that is written to a socket
 * which the server has closed, before the driver is told of that, waits for `drain` for ever, and
 * whoever asked waits with it. Many sockets close at once when the server dies, so this happens at
 * just the wrong time. Once a connection is cleaned up, we let what waits look again: it finds the
 * connection's error, and is repeated as after any lost connection. Called before each connecting.
 */
export function mendMongodb(): void {
  if (isMended) return;
  isMended = true;
  const { cleanup } = Connection.prototype;
  Connection.prototype.cleanup = function mended(error) {
    cleanup.call(this, error);
    this.socket.emit('drain');
  };
}
