import { wantsChannel, wantsTopic, type Wishes } from '#domain/message/gate/gate-rules.ts';
import { SITE_CHANNELS, type CarriedChannel, type Channel } from '#domain/message/message.ts';
import { scopeFor, type AddressStanding } from '#domain/message/suppression.ts';
import type { JsonObject } from '#domain/json.ts';
import type { Consent } from '#domain/profile/profile.ts';

/** What is known of somebody who looks at what they chose. */
export interface ChoiceFacts {
  /** Those in which there is an address, with what was said of it and what stands against it. */
  channels: readonly {
    channel: CarriedChannel;
    consent: Consent | null;
    standing: AddressStanding | null;
    whenUnknown: 'allow' | 'deny';
  }[];
  /** What marketing of this shop is about. */
  topics: readonly string[];
  wishes: Wishes;
}

/** What a page shows: a box is ticked where marketing may go out now. */
export interface Choices {
  channels: { channel: CarriedChannel; chosen: boolean }[];
  topics: { topic: string; chosen: boolean }[];
  maxPerWeek: number | null;
}

/** What of a page came back: what it showed, and what was chosen. */
export interface ChoicesSaid {
  /** Channels that the page showed, and those of them whose box was ticked then. */
  shown: readonly CarriedChannel[];
  ticked: readonly string[];
  channels: readonly string[];
  /** All marketing is to end, whatever the boxes say. */
  isStop: boolean;
  shownTopics: readonly string[];
  topics: readonly string[];
  /** Null: no limit; undefined: nothing was said. */
  maxPerWeek?: number | null;
}

/** What somebody's choice becomes. */
export interface ChoiceChanges {
  consents: { channel: Channel; granted: boolean }[];
  /** Preferences to be set; empty: none. */
  set: JsonObject;
}

/** What somebody has chosen so far, by the rules of the gate. */
export function choicesOf({ channels, topics, wishes }: ChoiceFacts): Choices {
  return {
    channels: channels.map(({ channel, consent, standing, whenUnknown }) => {
      const agrees = consent === null ? whenUnknown === 'allow' : consent.granted;
      const isFree = scopeFor(standing, consent) === null;
      return { channel, chosen: agrees && isFree && wantsChannel(wishes, channel) };
    }),
    topics: topics.map((topic) => ({ topic, chosen: wantsTopic(wishes, topic) })),
    maxPerWeek: wishes.maxPerWeek,
  };
}

/**
 * What is to be recorded of a choice. A consent is a box that the person ticked or cleared
 * themselves: one that was ticked when the page came and stays so says nothing, for a box that
 * somebody else ticked is no consent. Who stops all refuses each channel that the page showed, also
 * one that is silent today, and what the shop's own pages would show them.
 */
export function changesOf(said: ChoicesSaid, wishes: Wishes): ChoiceChanges {
  if (said.isStop) {
    const refused = [...said.shown, ...SITE_CHANNELS];
    return { consents: refused.map((channel) => ({ channel, granted: false })), set: {} };
  }
  const consents = said.shown.flatMap((channel) => {
    const granted = said.channels.includes(channel);
    return granted === said.ticked.includes(channel) ? [] : [{ channel, granted }];
  });
  const agreed = consents.filter(({ granted }) => granted).map(({ channel }) => channel);
  const set: JsonObject = {
    ...wishedChannels(wishes, agreed),
    ...wishedTopics(wishes, said),
    ...(said.maxPerWeek === undefined || said.maxPerWeek === wishes.maxPerWeek
      ? {}
      : { maxPerWeek: said.maxPerWeek }),
  };
  return { consents, set };
}

/** A channel that is agreed to is wanted, too; where nobody said which are, all are. */
function wishedChannels({ channels }: Wishes, agreed: readonly CarriedChannel[]): JsonObject {
  if (channels === null || agreed.every((one) => channels.includes(one))) return {};
  return { channels: [...new Set([...channels, ...agreed])] };
}

function wishedTopics(wishes: Wishes, { shownTopics, topics }: ChoicesSaid): JsonObject {
  const changed = shownTopics.filter(
    (topic) => wantsTopic(wishes, topic) !== topics.includes(topic),
  );
  if (changed.length === 0) return {};
  const before = wishes.topics;
  if (isList(before)) {
    const kept = before.filter((topic) => !shownTopics.includes(topic) || topics.includes(topic));
    const chosen = topics.filter((topic) => shownTopics.includes(topic));
    return { topics: [...new Set([...kept, ...chosen])] };
  }
  const now = shownTopics.map((topic): [string, boolean] => [topic, topics.includes(topic)]);
  return { topics: { ...before, ...Object.fromEntries(now) } };
}

function isList(topics: Wishes['topics']): topics is readonly string[] {
  return Array.isArray(topics);
}
