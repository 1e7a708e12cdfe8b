import type { Collections } from '#platform/mongo.ts';
import { durably } from '#platform/mongo-errors.ts';

/**
 * The message that a mail was sent for, by the code in its Message-ID, which the provider's part
 * keeps as the message's id there (channels/email/return-code.ts). Null: none that is kept.
 */
export async function findReturned(
  { messages }: Pick<Collections, 'messages'>,
  code: string,
): Promise<string | null> {
  // Codes are letters and digits: nothing of them means anything else in an expression.
  const found = await durably(() =>
    messages.findOne(
      { providerId: { $regex: `^<${code}@` }, channel: 'email' },
      { projection: { _id: 1 } },
    ),
  );
  return found?._id ?? null;
}
