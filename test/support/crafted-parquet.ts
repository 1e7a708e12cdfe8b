import type { CompressionCodec, FileMetaData } from 'hyparquet';
import { ByteWriter } from 'hyparquet-writer';
import { writeMetadata } from 'hyparquet-writer/src/metadata.js';
import { serializeTCompactProtocol } from 'hyparquet-writer/src/thrift.js';

/** Its only column of which there are values. */
export const NAME = 'external_id';

/** What a small file says of itself, true or not. */
export interface Said {
  /** Rows of the row group. */
  rows?: number;
  /** Values of its only page. */
  values?: number;
  /** Bytes of the page once it is unpacked. */
  unpacked?: number;
  codec?: CompressionCodec;
  /** The page: two texts unless said otherwise. */
  page?: Buffer;
  /** Rows of the file. */
  total?: number;
  /** By which number the page says how its texts are written. */
  encoding?: number;
  /** Columns that the schema names beside it. */
  others?: number;
}

/** Levels (two values, both there), then two texts of one letter. */
export const TWO_TEXTS = Buffer.from([2, 0, 0, 0, 4, 1, 1, 0, 0, 0, 65, 1, 0, 0, 0, 66]);

const [PLAIN, RLE] = [0, 3];

/** A file of one column of texts that says of itself what it is told to. */
export function craftedParquet(said: Said): Buffer {
  const { rows = 2, codec = 'UNCOMPRESSED', page = TWO_TEXTS } = said;
  const { values = rows, unpacked = page.length, total = rows } = said;
  const { encoding = PLAIN, others = 0 } = said;
  const writer = new ByteWriter();
  writer.appendBytes(Buffer.from('PAR1'));
  const start = BigInt(writer.offset);
  serializeTCompactProtocol(writer, {
    field_1: 0,
    field_2: unpacked,
    field_3: page.length,
    field_5: { field_1: values, field_2: encoding, field_3: RLE, field_4: RLE },
  });
  writer.appendBytes(page);
  const size = BigInt(writer.offset) - start;
  const metadata: FileMetaData = {
    version: 1,
    schema: [
      { name: 'root', num_children: 1 + others },
      textColumn(NAME),
      ...Array.from({ length: others }, (_, at) => textColumn(`c${String(at)}`)),
    ],
    num_rows: BigInt(total),
    row_groups: [
      {
        columns: [
          {
            file_offset: start,
            meta_data: {
              type: 'BYTE_ARRAY',
              encodings: ['PLAIN'],
              path_in_schema: [NAME],
              codec,
              num_values: BigInt(values),
              data_page_offset: start,
              total_uncompressed_size: size,
              total_compressed_size: size,
            },
          },
        ],
        total_byte_size: size,
        num_rows: BigInt(rows),
      },
    ],
    metadata_length: 0,
  };
  writeMetadata(writer, metadata);
  writer.appendBytes(Buffer.from('PAR1'));
  return Buffer.from(writer.getBytes());
}

function textColumn(name: string): FileMetaData['schema'][number] {
  return { name, type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL', converted_type: 'UTF8' };
}
