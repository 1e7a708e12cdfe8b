import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MongoClient } from 'mongodb';
import { Postgres } from './postgres.ts';
import { WholeKairos } from './whole-kairos.ts';

export interface Pull {
  id: string;
  status: string;
  rows: number;
  accepted: number;
  rejected: number;
  skipped: number;
  errors: { row: number; key: string | null; column: string | null; detail: string }[];
  cursor: { from: string | null; to: string | null };
  failure: string | null;
  tries: number;
}

export interface SourceAnswer {
  status: string;
  consecutiveFailures: number;
  failure: string | null;
  lastSuccessAt: string | null;
  nextPullAt: string | null;
}

/** A source of customers, as a shop's developer defines one. */
export const CUSTOMERS = {
  kind: 'postgresql',
  connection: 'SHOP',
  table: 'public.customers',
  cursor: { column: 'updated_at', key: 'id', lookBack: 'PT1H' },
  as: 'profiles',
  map: {
    external_id: 'id',
    email: 'mail',
    attributes: { town: 'town', balance: 'balance', birthday: 'born', vip: 'vip' },
  },
};

/** A whole Kairos beside a shop's own PostgreSQL and MongoDB, and a sheet published as CSV. */
export class ShopWithSources {
  readonly kairos: WholeKairos;
  readonly postgres: Postgres;
  readonly documents: MongoClient;
  /** What the sheet says; the connection SHEET is its address. */
  sheet = '';
  readonly #published: Server;

  private constructor(
    parts: Pick<ShopWithSources, 'kairos' | 'postgres' | 'documents'>,
    published: Server,
  ) {
    this.kairos = parts.kairos;
    this.postgres = parts.postgres;
    this.documents = parts.documents;
    this.#published = published;
    published.on('request', (_, res) => void res.end(this.sheet));
  }

  /** `more`: connections of a test's own. */
  static async start(name: string, more: Record<string, string> = {}): Promise<ShopWithSources> {
    const postgres = await Postgres.start();
    const uri = process.env.KAIROS_TEST_MONGODB_URI ?? '';
    const documents = uri.replace(/\/(\?|$)/, `/shop_of_${name}$1`);
    const published = createServer();
    await new Promise<void>((resolve) => published.listen(0, '127.0.0.1', resolve));
    const { port } = published.address() as AddressInfo;
    const env = {
      KAIROS_SOURCE_SHOP: postgres.url,
      KAIROS_SOURCE_DOCUMENTS: documents,
      KAIROS_SOURCE_SHEET: `http://127.0.0.1:${String(port)}/sheet.csv`,
      ...more,
    };
    const client = await new MongoClient(documents).connect();
    const kairos = await WholeKairos.start(name, { env });
    return new ShopWithSources({ kairos, postgres, documents: client }, published);
  }

  async stop(): Promise<void> {
    await this.kairos.stop();
    await this.documents.db().dropDatabase();
    await this.documents.close();
    await this.postgres.stop();
    this.#published.close();
  }

  async emptyCustomers(): Promise<void> {
    await this.postgres.query('DROP TABLE IF EXISTS customers');
    await this.postgres.query(
      'CREATE TABLE customers (id text PRIMARY KEY, mail text, town text, balance numeric(12,2), born date, vip boolean, created_at timestamptz DEFAULT now(), updated_at timestamptz NOT NULL)',
    );
  }

  async pulls(key: string): Promise<Pull[]> {
    return (await this.kairos.call<{ data: Pull[] }>('GET', `/v1/sources/${key}/pulls`)).data;
  }

  /** Asks for a pull and waits for its end. */
  async pull(key: string, body: object = {}, withinMs = 60_000): Promise<Pull> {
    const before = (await this.pulls(key)).length;
    await this.kairos.call('POST', `/v1/sources/${key}/pull`, body);
    return this.kairos.until(
      `a pull of ${key}`,
      async () => {
        const all = await this.pulls(key);
        const [newest] = all;
        const isOver = all.length > before && newest !== undefined && newest.status !== 'running';
        return isOver ? newest : null;
      },
      withinMs,
    );
  }

  profile(id: string): Promise<{ attributes: Record<string, unknown> }> {
    return this.kairos.call('GET', `/v1/profiles/external:${id}`);
  }
}
