import { z } from 'zod';
import { invalid, type Fault } from '#domain/errors.ts';
import { EVENT_BYTES_MAX } from '#domain/event/tracking.ts';
import { explainIssues } from '#domain/journey/explain-issue.ts';
import { Key } from '#domain/journey/words.ts';
import { channelFaults, WantedChannels } from '#domain/sending/wanted-channels.ts';
import { Identity } from './identity-word.ts';

/**
 * Bytes of `data` as JSON: what an event may say that begins a run, so that one template serves
 * both, and an order of a hundred lines fits.
 */
const DATA_BYTES_MAX = EVENT_BYTES_MAX;

/** One message to one person. */
export const MessageRequest = z.strictObject({
  to: Identity,
  template: Key,
  ...WantedChannels.shape,
  data: z
    .record(z.string().max(200), z.json())
    .default({})
    .describe('What the template shows as `entry.properties`; at most 32 KB as JSON.'),
});
export type MessageRequest = z.infer<typeof MessageRequest>;

/** Reads what is asked for. @throws DomainError `invalid` with every fault */
export function parseMessageRequest(input: unknown): MessageRequest {
  const parsed = MessageRequest.safeParse(input);
  if (!parsed.success) {
    const fields = Object.keys(MessageRequest.shape);
    const faults = explainIssues(parsed.error.issues, { value: input, pointer: '#', fields });
    throw invalid('The message cannot be sent like this.', faults);
  }
  const faults = [...channelFaults(parsed.data), ...dataFaults(parsed.data)];
  if (faults.length > 0) throw invalid('The message cannot be sent like this.', faults);
  return parsed.data;
}

function dataFaults({ data }: MessageRequest): Fault[] {
  if (Buffer.byteLength(JSON.stringify(data)) <= DATA_BYTES_MAX) return [];
  const detail = `"data" has more than ${String(DATA_BYTES_MAX)} bytes as JSON. Give the message what it shows, and leave the rest to a link.`;
  return [{ pointer: '#/data', detail }];
}
