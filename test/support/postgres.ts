import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { freePort } from './sandbox-process.ts';

const DEBIAN = '/usr/lib/postgresql';
const READY_MS = 20_000;
const PASSWORD = 'the-password-of-the-shops-database';

/** A real PostgreSQL of Debian's packages on a folder and port of its own. */
export class Postgres {
  readonly port: number;
  readonly #bin: string;
  readonly #dir: string;
  #server: ChildProcess | null = null;

  private constructor(bin: string, dir: string, port: number) {
    this.#bin = bin;
    this.#dir = dir;
    this.port = port;
  }

  static async start(): Promise<Postgres> {
    const bin = findBin();
    const dir = await mkdtemp(path.join(tmpdir(), 'kairos-postgres-'));
    const data = path.join(dir, 'data');
    const passwords = path.join(dir, 'password');
    writeFileSync(passwords, PASSWORD);
    const owner = owned();
    for (const one of [dir, passwords]) {
      if (owner.uid !== undefined && owner.gid !== undefined) chownSync(one, owner.uid, owner.gid);
    }
    execFileSync(
      path.join(bin, 'initdb'),
      [
        '-D',
        data,
        '-U',
        'shop',
        '-A',
        'scram-sha-256',
        '--pwfile',
        passwords,
        '-E',
        'UTF8',
        '--locale=C',
        '-N',
      ],
      { stdio: 'pipe', ...owner, cwd: dir },
    );
    const postgres = new Postgres(bin, dir, await freePort());
    await postgres.run();
    return postgres;
  }

  get url(): string {
    return `postgresql://shop:${PASSWORD}@127.0.0.1:${String(this.port)}/postgres`;
  }

  static get password(): string {
    return PASSWORD;
  }

  /** Starts the server on its folder; returns when it takes connections. */
  async run(): Promise<void> {
    const settings = ['listen_addresses=127.0.0.1', 'fsync=off', 'max_connections=20'];
    const server = spawn(
      path.join(this.#bin, 'postgres'),
      [
        ...['-D', path.join(this.#dir, 'data'), '-p', String(this.port), '-k', this.#dir],
        ...settings.flatMap((one) => ['-c', one]),
      ],
      { stdio: 'ignore', ...owned(), cwd: this.#dir },
    );
    // A test that ends before its clean-up must not leave a process behind.
    const endWithUs = (): void => void server.kill('SIGQUIT');
    process.once('exit', endWithUs);
    server.once('exit', () => process.off('exit', endWithUs));
    this.#server = server;
    const giveUpAt = Date.now() + READY_MS;
    for (;;) {
      const isReady = await this.query('SELECT 1').then(
        () => true,
        () => false,
      );
      if (isReady) return;
      if (Date.now() > giveUpAt) throw new Error('PostgreSQL did not start');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Ends the server as a crash of its machine would. */
  async kill(): Promise<void> {
    const server = this.#server;
    if (server?.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    server.kill('SIGQUIT');
    await gone;
  }

  async query(text: string, values: unknown[] = []): Promise<pg.QueryResult> {
    const client = new pg.Client({ connectionString: this.url });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await client.query(text, values);
    } finally {
      await client.end();
    }
  }

  /** A connection of its own, for a transaction that is kept open. */
  async connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    return client;
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#dir, { recursive: true, force: true });
  }
}

function findBin(): string {
  const given = process.env.KAIROS_TEST_POSTGRES_BIN;
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
  const newest = versions.sort((one, other) => Number(other) - Number(one));
  const found = [...(given ? [given] : []), ...newest.map((one) => path.join(DEBIAN, one, 'bin'))];
  const bin = found.find((one) => existsSync(path.join(one, 'initdb')));
  if (bin !== undefined) return bin;
  throw new Error(
    `There is no PostgreSQL server in ${DEBIAN}: install the Debian package "postgresql" or set KAIROS_TEST_POSTGRES_BIN to the folder of initdb.`,
  );
}

/** PostgreSQL does not run as root; Debian's package brings a user for it. */
function owned(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string): number =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
