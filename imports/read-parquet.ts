import { DomainError } from '#domain/errors.ts';
import { plainCell } from '#domain/import/plain-cell.ts';
import type { Row } from '#domain/import/row.ts';
import type { Json } from '#domain/json.ts';
import { ParquetDecoder, type Answer, type OpenedParquet, type Word } from './parquet-decoder.ts';
import type { Survey, Table } from './table.ts';
import type { StoredFile } from './upload-store.ts';

/** Four bytes of magic at both ends and the length of the footer. */
const SMALLEST_BYTES = 12;
const MAGIC = 'PAR1';

/** Reads the footer. @throws DomainError `malformed` where the file is cut off or no Parquet. */
export async function surveyParquet(file: StoredFile): Promise<Survey> {
  await checkMagic(file);
  const decoder = new ParquetDecoder();
  try {
    const { columns, total } = await open(decoder, file);
    return { columns: columns.map(({ name }) => name), total };
  } finally {
    decoder.end();
  }
}

/**
 * A Parquet file as a table; of its columns only `wanted` are read. It is decoded in a process of
 * its own, one a reader. @throws DomainError `malformed`, `too-large` from its rows
 */
export function openParquet(
  file: StoredFile,
  columns: readonly string[],
  wanted: ReadonlySet<string>,
): Table {
  const names = columns.filter((name) => wanted.has(name));
  return {
    columns,
    async *rows(after) {
      const decoder = new ParquetDecoder();
      try {
        const opened = await open(decoder, file);
        const lengths = new Map(opened.columns.map(({ name, length }) => [name, length]));
        const places = names.map((name) => ({ at: columns.indexOf(name), cut: lengths.get(name) }));
        let number = after;
        let answer: Answer = { after, wanted: names };
        for (;;) {
          const { rows } = await wordOf(decoder, file, answer);
          if (rows === undefined) return;
          yield rows.map((values): Row => {
            const cells = columns.map((): Json => null);
            for (const [index, { at, cut }] of places.entries()) {
              cells[at] = cellOf(values[index], cut);
            }
            number += 1;
            return { number, cells };
          });
          answer = {};
        }
      } finally {
        decoder.end();
      }
    },
  };
}

async function checkMagic(file: StoredFile): Promise<void> {
  const head = (await file.slice(0, MAGIC.length)).toString('latin1');
  if (file.size < SMALLEST_BYTES || head !== MAGIC) {
    throw new DomainError('malformed', 'The file is no Parquet.');
  }
  const tail = (await file.slice(file.size - MAGIC.length, file.size)).toString('latin1');
  if (tail !== MAGIC) {
    throw new DomainError('malformed', 'The Parquet file is cut off: its footer is missing.');
  }
}

async function open(decoder: ParquetDecoder, file: StoredFile): Promise<OpenedParquet> {
  await decoder.next();
  const { opened } = await wordOf(decoder, file, { size: file.size });
  if (opened === undefined) throw new Error('the process that decodes Parquet said no columns');
  return opened;
}

/** The next thing that is news to us: bytes it asks for are given. @throws DomainError */
async function wordOf(decoder: ParquetDecoder, file: StoredFile, answer: Answer): Promise<Word> {
  let word = await decoder.next(answer);
  while (word.read !== undefined) {
    word = await decoder.next({ bytes: await file.slice(...word.read) });
  }
  if (word.refused !== undefined) throw new DomainError(word.refused.code, word.refused.detail);
  return word;
}

/** A cell; of a day or a wall-clock time only so many characters. */
function cellOf(value: unknown, cut: number | undefined): Json {
  const cell = plainCell(value);
  return cut !== undefined && typeof cell === 'string' ? cell.slice(0, cut) : cell;
}
