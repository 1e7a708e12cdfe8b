import { open, type FileHandle } from 'node:fs/promises';

/** Where a record lies in the file, in bytes. */
export interface Place {
  offset: number;
  length: number;
}

interface Waiting {
  line: Buffer;
  durable: boolean;
  resolve: (place: Place) => void;
  reject: (reason: unknown) => void;
}

/** Records written with one fdatasync at most: bounds the memory of one write. */
const BATCH_RECORDS_MAX = 1_000;
const READ_CHUNK_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

/**
 * An append-only file of JSON lines. A durable record is on the disk before `append` resolves;
 * records that arrive while one fdatasync runs share the next one. It has one writer.
 */
export class Journal {
  private readonly waiting: Waiting[] = [];
  private writing = false;
  private failure: unknown = null;
  private readonly file: FileHandle;
  private end = 0;

  private readonly onFailure: () => void;

  private constructor(file: FileHandle, onFailure: () => void) {
    this.file = file;
    this.onFailure = onFailure;
  }

  /**
   * Opens or makes the file; `replay` must run before the first append. `onFailure` is told when a
   * write failed (a full disk): what stands in the file after it is known only by opening it anew.
   */
  static async open(path: string, onFailure: () => void = () => undefined): Promise<Journal> {
    return new Journal(await open(path, 'a+', 0o600), onFailure);
  }

  /**
   * Hands over every record in the file, oldest first. A last line that a crash tore off is cut
   * away: it was never answered for.
   */
  async replay(onRecord: (record: unknown, place: Place) => void): Promise<void> {
    this.end = await readRecords(this.file, onRecord);
    await this.file.truncate(this.end);
  }

  /** Appends one record. After one failed write every further append fails. */
  append(record: object, durable: boolean): Promise<Place> {
    return new Promise((resolve, reject) => {
      if (this.failure !== null) {
        reject(new Error('the journal cannot be written'));
        return;
      }
      const line = Buffer.from(`${JSON.stringify(record)}\n`);
      this.waiting.push({ line, durable, resolve, reject });
      if (!this.writing) void this.drain();
    });
  }

  async read(place: Place): Promise<unknown> {
    const bytes = Buffer.alloc(place.length);
    await this.file.read(bytes, 0, place.length, place.offset);
    return JSON.parse(bytes.toString('utf8'));
  }

  private async drain(): Promise<void> {
    this.writing = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, BATCH_RECORDS_MAX);
      try {
        await this.write(batch);
      } catch (error) {
        this.failure = error;
        this.onFailure();
        for (const { reject } of [...batch, ...this.waiting.splice(0)]) reject(error);
      }
    }
    this.writing = false;
  }

  private async write(batch: Waiting[]): Promise<void> {
    await this.file.appendFile(Buffer.concat(batch.map(({ line }) => line)));
    if (batch.some(({ durable }) => durable)) await this.file.datasync();
    for (const { line, resolve } of batch) {
      resolve({ offset: this.end, length: line.length });
      this.end += line.length;
    }
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

/** Reads all whole lines; answers the offset after the last one. */
async function readRecords(
  file: FileHandle,
  onRecord: (record: unknown, place: Place) => void,
): Promise<number> {
  const chunk = Buffer.alloc(READ_CHUNK_BYTES);
  let pending = Buffer.alloc(0);
  let start = 0;
  for (;;) {
    const { bytesRead } = await file.read(chunk, 0, chunk.length, start + pending.length);
    if (bytesRead === 0) return start;
    pending = Buffer.concat([pending, chunk.subarray(0, bytesRead)]);
    let from = 0;
    for (let at = pending.indexOf(NEWLINE); at >= 0; at = pending.indexOf(NEWLINE, from)) {
      const length = at + 1 - from;
      onRecord(parseLine(pending.subarray(from, at), start), { offset: start, length });
      start += length;
      from = at + 1;
    }
    pending = Buffer.from(pending.subarray(from));
  }
}

function parseLine(line: Buffer, offset: number): unknown {
  try {
    return JSON.parse(line.toString('utf8'));
  } catch {
    throw new Error(`the sandbox's journal is damaged at byte ${String(offset)}`);
  }
}
