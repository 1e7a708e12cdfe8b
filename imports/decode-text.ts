import { DomainError } from '#domain/errors.ts';
import { peek } from './unpack-bytes.ts';

/** Byte order marks, and what text follows them. */
const MARKS: readonly (readonly [bytes: readonly number[], charset: string])[] = [
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
];

/**
 * Text as UTF-8 without a byte order mark. A mark says what comes (UTF-8 or UTF-16); without one it
 * is `charset`, by default UTF-8. @throws DomainError `malformed` with the line that is not.
 */
export async function* decodeText(
  bytes: AsyncIterable<Buffer>,
  charset: string,
): AsyncGenerator<Buffer> {
  const [head, all] = await peek(bytes, 4);
  const mark = MARKS.find(([signs]) => signs.every((sign, place) => head[place] === sign));
  const name = mark?.[1] ?? charset;
  if (mark === undefined && name === 'utf-8' && head.includes(0)) {
    throw new DomainError(
      'malformed',
      'The file is no text in UTF-8: it begins with NUL bytes. UTF-16 needs a byte order mark.',
    );
  }
  // The decoder leaves a byte order mark out by itself.
  const decoder = decoderOf(name);
  let line = 1;
  let isFirst = true;
  const decode = (part: Buffer | null): string => {
    try {
      return part === null ? decoder.decode() : decoder.decode(part, { stream: true });
    } catch {
      const place = line + (part === null ? 0 : linesBefore(part, name, isFirst));
      const detail = `The file is no text in ${name.toUpperCase()}: see line ${String(place)}.`;
      throw new DomainError('malformed', detail);
    }
  };
  for await (const part of all) {
    const text = decode(part);
    isFirst = false;
    line += countLines(text);
    if (text !== '') yield Buffer.from(text);
  }
  const rest = decode(null);
  if (rest !== '') yield Buffer.from(rest);
}

function decoderOf(name: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(name, { fatal: true });
  } catch {
    throw new DomainError('unsupported-media-type', 'The charset of the file is not known.');
  }
}

function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

/** Lines before the first character that cannot be read. A later part may begin within a character. */
function linesBefore(part: Buffer, charset: string, isFirst: boolean): number {
  const text = new TextDecoder(charset).decode(part);
  const broken = text.indexOf('\ufffd', isFirst ? 0 : 3);
  return countLines(broken < 0 ? text : text.slice(0, broken));
}
