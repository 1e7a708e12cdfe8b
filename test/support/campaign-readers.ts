import type { segmentDesk } from './segment-desk.ts';
import type { WholeKairos } from './whole-kairos.ts';

/** One of a segment whom a campaign is sent to. */
export interface Reader {
  email: string;
  profileId: string;
}

/** A template with content in mails, pushes and texts. */
export async function campaignTemplate(
  kairos: WholeKairos,
  key: string,
  subject: string,
): Promise<void> {
  const email = { subject, html: '<p><a href="{{ links.unsubscribe }}">Leave</a></p>' };
  const content = { email, push: { title: subject, body: subject }, sms: { text: subject } };
  await kairos.call('PUT', `/v1/templates/${key}`, { key, languages: { en: content } });
}

/** Makes customers with a mailbox, and a segment of them; in the order in which campaigns meet them. */
export async function gatherReaders(
  kairos: WholeKairos,
  { define, live }: ReturnType<typeof segmentDesk>,
  { segment, count }: { segment: string; count: number },
): Promise<Reader[]> {
  const mailOf = (number: number): string => `${segment}-${String(number)}@shop.example`;
  const calls = Array.from({ length: count }, (_, number) => ({
    type: 'identify',
    userId: `${segment}-${String(number)}`,
    traits: { group: segment, email: mailOf(number) },
  }));
  for (let from = 0; from < calls.length; from += 100) {
    await kairos.track('batch', { batch: calls.slice(from, from + 100) });
  }
  await define(segment, { condition: { attribute: 'group', is: segment } });
  await live(segment);
  await kairos.until(`all ${segment} in their segment`, async () => {
    const { size } = await kairos.call<{ size: number }>('GET', `/v1/segments/${segment}`);
    return size === count ? true : null;
  });
  const identities = await kairos.mongo.collections.identities
    .find({ _id: { $in: calls.map(({ traits }) => `email:${traits.email}`) } })
    .toArray();
  return identities
    .map(({ _id, profileId }) => ({ email: _id.slice('email:'.length), profileId }))
    .sort((one, other) => (one.profileId < other.profileId ? -1 : 1));
}
