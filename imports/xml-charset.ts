import { peek } from './unpack-bytes.ts';

/** The declaration of an XML file stands in its first bytes, and in ASCII whatever the rest is in. */
const HEAD_BYTES = 256;
const DECLARED = /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([A-Za-z][\w.-]{0,40})["']/;

/** The bytes of a file again, and the charset that it declares where `charset` leaves it open. */
export async function withXmlCharset(
  bytes: AsyncIterable<Buffer>,
  charset: string,
): Promise<{ bytes: AsyncIterable<Buffer>; charset: string }> {
  if (charset !== 'utf-8') return { bytes, charset };
  const [head, all] = await peek(bytes, HEAD_BYTES);
  const declared = DECLARED.exec(head.toString('latin1'))?.[1]?.toLowerCase();
  return { bytes: all, charset: declared ?? charset };
}
