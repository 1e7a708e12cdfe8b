import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import type { WholeKairos } from './whole-kairos.ts';

const HEADER = 'external_id,state,note\n';
/** Of a row that is left out, with a note as long as people write them. */
const LEFT_OUT = `nobody,archived,${'x'.repeat(4_000)}\n`;
const ROWS_A_PART = 256;
const PART = Buffer.from(LEFT_OUT.repeat(ROWS_A_PART));

/** A CSV of customers made while it is sent: never whole in memory, not even here. */
export class LargeFile {
  readonly #parts: number;

  constructor(bytes: number) {
    this.#parts = Math.ceil(bytes / PART.length);
  }

  /** Rows that are to be taken: one a part. */
  get taken(): number {
    return this.#parts;
  }

  get skipped(): number {
    return this.#parts * ROWS_A_PART;
  }

  *parts(): Generator<Buffer> {
    yield Buffer.from(HEADER);
    for (let part = 0; part < this.#parts; part += 1) {
      yield PART;
      yield Buffer.from(`large-${String(part)},live,\n`);
    }
  }
}

/** An import of customers whose file is still to be sent. */
export function openUpload(kairos: WholeKairos): ClientRequest {
  const map = { skip: [{ column: 'state', is: 'archived' }] };
  return request(`${kairos.url}/v1/imports?as=profiles`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${kairos.environment.KAIROS_ADMIN_KEY ?? ''}`,
      'content-type': 'text/csv',
      'x-kairos-map': JSON.stringify(map),
    },
  });
}

/** Sends a whole file; resolves with the answer, which must be that it is taken. */
export async function uploadLarge(kairos: WholeKairos, file: LargeFile): Promise<{ id: string }> {
  const call = openUpload(kairos);
  Readable.from(file.parts()).pipe(call);
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  const body = (await json(answer)) as { id: string };
  if (answer.statusCode !== 202) throw new Error(JSON.stringify(body));
  return body;
}
