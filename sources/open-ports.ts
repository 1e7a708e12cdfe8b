import type { Connections } from './connections.ts';

/** What adapters need of the rest of Kairos. */
export interface OpenPorts {
  connections: Connections;
  /** Opens the file behind an address, with the guard of imports by URL. @throws DomainError */
  fetchFile(address: string): Promise<{ bytes: AsyncIterable<Buffer> }>;
  /** The same hexadecimal text for the same text, 128 bits or more. */
  hash(text: string): string;
}
