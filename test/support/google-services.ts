import { generateKeyPairSync, verify } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const PROJECT = 'shop-project';
const TOKEN = 'token-of-the-fake';

/** One row as BigQuery's result, its cursor and key beside it. */
export interface BigqueryRow {
  cursor: number | string;
  key: string;
  values: unknown[];
}

export interface FirestoreDocument {
  id: string;
  /** Values as Firestore's REST interface writes them: `{ stringValue: 'x' }`. */
  fields: Record<string, Record<string, unknown>>;
}

/**
 * Google Sheets, BigQuery and Firestore as far as sources use them, by their documented HTTP
 * interfaces; Google's own clients talk to it. BigQuery's answers are rows after the parameters that
 * the query was given: SQL itself is not understood here.
 */
export class GoogleServices {
  /** Spreadsheets by id: ranges with their rows. */
  readonly sheets = new Map<string, Map<string, unknown[][]>>();
  /** What is published as CSV, by path. */
  readonly published = new Map<string, string>();
  readonly bigquery: { fields: object[]; rows: BigqueryRow[] } = { fields: [], rows: [] };
  readonly firestore = new Map<string, FirestoreDocument[]>();
  /** Queries BigQuery was asked, in order. */
  readonly queries: { query: string; maximumBytesBilled?: string }[] = [];
  /** Answers with this status instead, while it is set. */
  failWith: number | null = null;
  readonly #server: Server;
  readonly #account = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  readonly #jobs = new Map<string, BigqueryRow[]>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<GoogleServices> {
    const server = createServer();
    const services = new GoogleServices(server);
    server.on('request', (req, res) => {
      services.#answer(req, res).catch(() => res.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return services;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${String(port)}`;
  }

  /** What the variable of a connection holds. */
  connection(): string {
    const { privateKey } = this.#account;
    const serviceAccount = {
      type: 'service_account',
      project_id: PROJECT,
      client_email: 'kairos@shop-project.iam.gserviceaccount.com',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    };
    return JSON.stringify({ serviceAccount, endpoint: this.url, tokenUrl: `${this.url}/token` });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? '/', this.url);
    const body = await bodyOf(req);
    const csv = this.published.get(url.pathname);
    if (csv !== undefined) {
      res.setHeader('Content-Type', 'text/csv').end(csv);
      return;
    }
    if (url.pathname === '/token') {
      answerJson(res, 200, { access_token: TOKEN, expires_in: 3_600, token_type: 'Bearer' });
      return;
    }
    if (!this.#isKnown(req.headers.authorization ?? '')) {
      answerJson(res, 401, {
        error: { code: 401, message: 'no token', status: 'UNAUTHENTICATED' },
      });
      return;
    }
    if (this.failWith !== null) {
      answerJson(res, this.failWith, {
        error: { code: this.failWith, message: 'Anna Smith', errors: [] },
      });
      return;
    }
    const found = this.#sheet(url) ?? this.#query(url, body) ?? this.#documents(url, body);
    if (found === null) answerJson(res, 404, { error: { code: 404, message: 'not found' } });
    else answerJson(res, 200, found);
  }

  /** A token it gave, or one that the service account signed itself. */
  #isKnown(authorization: string): boolean {
    const token = authorization.replace(/^Bearer /, '');
    if (token === TOKEN) return true;
    const [head = '', claims = '', signature = ''] = token.split('.');
    const signed = Buffer.from(`${head}.${claims}`);
    return verify(
      'RSA-SHA256',
      signed,
      this.#account.publicKey,
      Buffer.from(signature, 'base64url'),
    );
  }

  /** GET /v4/spreadsheets/{id}/values/{range} */
  #sheet(url: URL): object | null {
    const [, id, range] = /^\/v4\/spreadsheets\/([^/]+)\/values\/([^/]+)$/.exec(url.pathname) ?? [];
    if (id === undefined || range === undefined) return null;
    const name = decodeURIComponent(range);
    const values = this.sheets.get(id)?.get(name);
    return values === undefined ? null : { range: name, majorDimension: 'ROWS', values };
  }

  /** POST /bigquery/v2/projects/{p}/jobs, GET …/queries/{job} */
  #query(url: URL, body: unknown): object | null {
    const base = `/bigquery/v2/projects/${PROJECT}`;
    if (url.pathname === `${base}/jobs`) return this.#insertJob(body as JobBody);
    const id = url.pathname.startsWith(`${base}/queries/`)
      ? url.pathname.split('/').at(-1)
      : undefined;
    const rows = this.#jobs.get(id ?? '');
    if (id === undefined || rows === undefined) return null;
    const from = Number(url.searchParams.get('pageToken') ?? 0);
    const to = from + Number(url.searchParams.get('maxResults') ?? 1_000);
    return {
      kind: 'bigquery#getQueryResultsResponse',
      jobReference: { projectId: PROJECT, jobId: id, location: 'EU' },
      jobComplete: true,
      schema: {
        fields: [
          ...this.bigquery.fields,
          { name: 'kairos_cursor', type: 'STRING', mode: 'NULLABLE' },
          { name: 'kairos_key', type: 'STRING', mode: 'NULLABLE' },
        ],
      },
      totalRows: String(rows.length),
      rows: rows.slice(from, to).map(({ values, cursor, key }) => ({
        f: [...values, String(cursor), key].map((v) => ({ v })),
      })),
      ...(to < rows.length ? { pageToken: String(to) } : {}),
    };
  }

  #insertJob({ jobReference, configuration }: JobBody): object {
    const { query, queryParameters = [], maximumBytesBilled } = configuration.query;
    this.queries.push({
      query,
      ...(maximumBytesBilled === undefined ? {} : { maximumBytesBilled }),
    });
    const param = (name: string): string | undefined =>
      queryParameters.find((one) => one.name === name)?.parameterValue.value;
    const [value, key] = [param('value'), param('key')];
    const isAfter = (row: BigqueryRow): boolean => {
      if (value === undefined) return true;
      const bound = typeof row.cursor === 'number' ? Number(value) : value;
      if (key === undefined) return row.cursor >= bound;
      return row.cursor > bound || (row.cursor === bound && row.key > key);
    };
    const order = (one: BigqueryRow, other: BigqueryRow): number => {
      if (one.cursor !== other.cursor) return one.cursor < other.cursor ? -1 : 1;
      return one.key < other.key ? -1 : 1;
    };
    this.#jobs.set(jobReference.jobId, this.bigquery.rows.filter(isAfter).sort(order));
    const reference = { projectId: PROJECT, jobId: jobReference.jobId, location: 'EU' };
    return {
      kind: 'bigquery#job',
      jobReference: reference,
      configuration,
      status: { state: 'DONE' },
    };
  }

  /** POST /v1/projects/{p}/databases/(default)/documents:runQuery */
  #documents(url: URL, body: unknown): object | null {
    const path = `/v1/projects/${PROJECT}/databases/(default)/documents:runQuery`;
    if (decodeURIComponent(url.pathname) !== path) return null;
    const { structuredQuery: query } = body as { structuredQuery: StructuredQuery };
    const collection = query.from[0]?.collectionId ?? '';
    const field = query.orderBy[0]?.field.fieldPath ?? '';
    const root = `projects/${PROJECT}/databases/(default)/documents/${collection}`;
    const nameOf = ({ id }: FirestoreDocument): string => `${root}/${id}`;
    const placeOf = (document: FirestoreDocument): string[] => [
      comparable(document.fields[field]),
      nameOf(document),
    ];
    const start = query.startAt?.values.map(comparable);
    const isAfter = (document: FirestoreDocument): boolean => {
      if (start === undefined) return true;
      const order = compare(placeOf(document).slice(0, start.length), start);
      return query.startAt?.before === true ? order >= 0 : order > 0;
    };
    const all = (this.firestore.get(collection) ?? [])
      .filter(({ fields }) => field in fields)
      .filter(isAfter)
      .sort((one, other) => compare(placeOf(one), placeOf(other)));
    const readTime = '2026-11-22T10:00:00Z';
    const found = all.slice(0, limitOf(query.limit)).map((document) => ({
      document: {
        name: nameOf(document),
        fields: document.fields,
        createTime: readTime,
        updateTime: readTime,
      },
      readTime,
    }));
    return found.length > 0 ? found : [{ readTime }];
  }
}

interface JobBody {
  jobReference: { jobId: string };
  configuration: {
    query: {
      query: string;
      maximumBytesBilled?: string;
      queryParameters?: { name: string; parameterValue: { value: string } }[];
    };
  };
}

interface StructuredQuery {
  from: { collectionId: string }[];
  orderBy: { field: { fieldPath: string } }[];
  startAt?: { values: Record<string, unknown>[]; before?: boolean };
  limit?: number | { value: number };
}

function limitOf(limit: StructuredQuery['limit']): number {
  return typeof limit === 'object' ? limit.value : (limit ?? Infinity);
}

/** One type a field, so texts in order are values in order. */
function comparable(value: Record<string, unknown> | undefined): string {
  const { timestampValue, integerValue, stringValue, referenceValue } = value ?? {};
  if (typeof timestampValue === 'string') return new Date(timestampValue).toISOString();
  if (typeof integerValue === 'string') return integerValue.padStart(20, '0');
  const text = stringValue ?? referenceValue;
  return typeof text === 'string' ? text : '';
}

function compare(one: readonly string[], other: readonly string[]): number {
  for (const [at, text] of one.entries()) {
    const against = other[at] ?? '';
    if (text !== against) return text < against ? -1 : 1;
  }
  return 0;
}

async function bodyOf(req: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of req) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString('utf8');
  return text.startsWith('{') ? (JSON.parse(text) as unknown) : null;
}

function answerJson(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
