import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isJsonObject, type Json, type JsonObject } from '#domain/json.ts';

/** What Google's validation server says of one thing that is wrong. */
interface GoogleFault {
  fieldPath: string;
  description: string;
  validationCode: string;
}

/** One call that was made of the Measurement Protocol. */
export interface GoogleCall {
  path: string;
  query: Record<string, string>;
  bytes: number;
  body: JsonObject;
}

const NAME = /^\p{L}[\p{L}\p{N}_]{0,39}$/u;
const LONGER: Readonly<Record<string, number>> = {
  page_title: 300,
  page_referrer: 420,
  page_location: 1_000,
};

/**
 * What is wrong with a body by what Google states of the Measurement Protocol.
 * https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference
 */
export function googleFaults(body: JsonObject, now: number): GoogleFault[] {
  const faults: GoogleFault[] = [];
  const check = (holds: boolean, fieldPath: string, description: string): void => {
    if (!holds) faults.push({ fieldPath, description, validationCode: 'VALUE_INVALID' });
  };
  const text = JSON.stringify(body);
  check(Buffer.byteLength(text) < 130_000, '', 'The body is 130 kB or larger.');
  check(typeof body.client_id === 'string' && body.client_id !== '', 'client_id', 'It is needed.');
  const age = now - Number(body.timestamp_micros) / 1_000;
  check(age >= 0 && age <= 72 * 3_600_000, 'timestamp_micros', 'It is no instant of three days.');
  for (const word of Object.values(isJsonObject(body.consent) ? body.consent : {})) {
    check(word === 'GRANTED' || word === 'DENIED', 'consent', 'It is no word of consent.');
  }
  const events = Array.isArray(body.events) ? body.events : [];
  check(events.length >= 1 && events.length <= 25, 'events', 'There must be 1 to 25.');
  events.forEach((event, at) => {
    const path = `events[${String(at)}]`;
    const { name, params } = isJsonObject(event) ? event : {};
    check(typeof name === 'string' && NAME.test(name), `${path}.name`, 'It is no name.');
    checkParams(isJsonObject(params) ? params : {}, `${path}.params`, check);
  });
  return faults;
}

function checkParams(
  params: JsonObject,
  path: string,
  check: (holds: boolean, fieldPath: string, description: string) => void,
): void {
  check(Object.keys(params).length <= 25, path, 'There are more than 25.');
  for (const [name, value] of Object.entries(params)) {
    const at = `${path}.${name}`;
    check(NAME.test(name), at, 'It is no name.');
    check(!/^(?:_|firebase_|ga_|google_)/.test(name), at, 'The name is reserved.');
    if (name !== 'items') check(isValue(value, LONGER[name] ?? 100), at, 'It is no value.');
  }
  if (!('items' in params)) return;
  const items = Array.isArray(params.items) ? params.items.filter(isJsonObject) : [];
  check(items.length > 0 && items.length <= 200, `${path}.items`, 'There must be 1 to 200.');
  for (const item of items) {
    check('item_id' in item || 'item_name' in item, `${path}.items`, 'One has no id.');
    check(
      Object.values(item).every((value) => isValue(value, 100)),
      `${path}.items`,
      'No value.',
    );
  }
}

function isValue(value: Json, lengthMax: number): boolean {
  return typeof value === 'number' || (typeof value === 'string' && value.length <= lengthMax);
}

/** Plays the Measurement Protocol and its validation server, and keeps what it was sent. */
export class GoogleCollect {
  readonly calls: GoogleCall[] = [];
  /** What `/mp/collect` answers: as Google does, 204 to whatever is sent. */
  status = 204;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<GoogleCollect> {
    const server = createServer();
    const collect = new GoogleCollect(server);
    server.on('request', (req, res) => {
      const parts: Buffer[] = [];
      req.on('data', (part: Buffer) => parts.push(part));
      req.on('end', () => {
        const { pathname: path, searchParams } = new URL(req.url ?? '/', collect.url);
        const raw = Buffer.concat(parts);
        const body = JSON.parse(raw.toString()) as JsonObject;
        const query = Object.fromEntries(searchParams);
        collect.calls.push({ path, query, bytes: raw.length, body });
        if (path === '/mp/collect') res.writeHead(collect.status).end();
        else if (path === '/debug/mp/collect') {
          const validationMessages = googleFaults(body, Date.now());
          res.setHeader('content-type', 'application/json');
          res.end(JSON.stringify({ validationMessages }));
        } else res.writeHead(404).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return collect;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  /** What a stream was told, by its measurement id. */
  of(measurementId: string): GoogleCall[] {
    return this.calls.filter(({ query }) => query.measurement_id === measurementId);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
