import { createServer, type Server } from 'node:http';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { WRITE_KEY, type TestApi } from './api-process.ts';

export const CSV = 'text/csv';
export const PARQUET = 'application/vnd.apache.parquet';
export const NDJSON = 'application/x-ndjson';

/** An import as the API tells of it. */
export interface Report {
  id: string;
  status: string;
  total: number;
  rows: number;
  accepted: number;
  rejected: number;
  skipped: number;
  errors: { row: number; column: string | null; detail: string }[];
  cleaned: { column: string; change: string; count: number; rows: number[] }[];
}

/** A batch of tracking calls, which must be taken. */
export async function tracked(api: TestApi, json: object): Promise<void> {
  const basic = Buffer.from(`${WRITE_KEY}:`).toString('base64');
  const headers = { authorization: `Basic ${basic}` };
  const answer = await api.call('/v1/batch', { method: 'POST', json, key: null, headers });
  if (answer.status !== 200) throw new Error(answer.text);
}

/** Two customers. */
export function parquetFile(): Uint8Array {
  return new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'external_id', data: [1n, 2n], type: 'INT64' },
        { name: 'city', data: ['Kyiv', 'Lviv'], type: 'STRING' },
      ],
    }),
  );
}

/** Answers `/moved` with a redirect to the file, as cloud drives do. */
export async function serve(file: Uint8Array): Promise<Server> {
  const server = createServer((req, res) => {
    if (req.url === '/moved') res.writeHead(302, { location: '/feed.csv.gz' }).end();
    else res.end(file);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
