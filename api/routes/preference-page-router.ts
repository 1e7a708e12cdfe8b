import express, { Router, type Request, type Response } from 'express';
import {
  changesOf,
  choicesOf,
  type ChoiceChanges,
  type Choices,
  type ChoicesSaid,
} from '#domain/consent/choices.ts';
import { confirmed, CONSENT_REQUESTED, grantOf } from '#domain/consent/double-opt-in.ts';
import { pageWords, type PageLanguage } from '#domain/consent/page-language.ts';
import { PAGE_VERSION } from '#domain/consent/page-words.ts';
import { addressOf } from '#domain/message/address.ts';
import { CONSENT_WHEN_UNKNOWN } from '#domain/message/gate.ts';
import type { GateSettings } from '#domain/message/gate/gate-settings.ts';
import { wantsTopic, wishesIn, type Wishes } from '#domain/message/gate/gate-rules.ts';
import { CARRIED_CHANNELS, isSiteChannel } from '#domain/message/message.ts';
import { PREFERENCES_CHANGED } from '#domain/profile/preferences.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { AdminEvent } from '#events/accept-admin.ts';
import { faultOfEvent } from '#events/fault-of-event.ts';
import { readGateSettings } from '#messages/gate-settings-store.ts';
import { hashAddress } from '#messages/is-suppressed.ts';
import { linkSecrets, readLink, signLink } from '#platform/signed-link.ts';
import { listTopics } from '#templates/list-topics.ts';
import type { AppDeps } from '../deps.ts';
import { provesAddress, readLinkReader, type LinkReader } from '../hosted/link-reader.ts';
import { sendPage } from '../hosted/page.ts';
import { FIELDS, preferenceForm, SAVED, topicName, type Saved } from '../hosted/preference-page.ts';
import { APPLIED_WITHIN_MS } from './profile-routes.ts';

const PATH = '/v1/preferences/:token';
const SHOWN_PATH = '/v1/preferences/{token}';
/** A few dozen boxes and the form's token; nothing larger is the page's form. */
const BODY_BYTES_MAX = 32 * 1024;
/** What a form says counts for so long after it was opened, in ms: what it shows is old then. */
const FORM_VALID_MS = 24 * 3_600_000;
const SOURCE = 'preference-centre';

/**
 * The page behind the link at the foot of a marketing message where its reader chooses what they
 * get. Opening it changes nothing; its one form works without scripts. Whoever has the link may
 * choose: there is no cookie or session that another site could use, and a form counts only with
 * the token of a page that was opened.
 */
export function createPreferencePageRouter(deps: AppDeps): Router {
  const router = Router();
  const body = express.text({ type: 'application/x-www-form-urlencoded', limit: BODY_BYTES_MAX });
  const readerOf = (req: Request<{ token: string }>, res: Response): Promise<LinkReader | null> => {
    res.locals.route = SHOWN_PATH;
    return readLinkReader(deps, req, res, ({ title }) => title);
  };
  router.get(PATH, async (req, res) => {
    const reader = await readerOf(req, res);
    const saved = SAVED.find((one) => one === req.query.saved) ?? null;
    if (reader !== null) await show(deps, res, { ...reader, saved });
  });
  router.post(PATH, body, async (req, res) => {
    const reader = await readerOf(req, res);
    if (reader === null) return;
    const form = new URLSearchParams(typeof req.body === 'string' ? req.body : '');
    if (!isOurs(deps, form.get(FIELDS.form) ?? '', reader.profile._id)) {
      await show(deps, res, { ...reader, saved: 'stale' });
      return;
    }
    const saved = await record(deps, reader, readForm(form));
    res.redirect(303, `${req.path}?saved=${saved}`);
  });
  return router;
}

async function show(
  deps: AppDeps,
  res: Response,
  { profile, language, saved }: LinkReader & { saved: Saved | null },
): Promise<void> {
  const { settings } = await readGateSettings(deps.mongo.collections);
  const choices = await readChoices(deps, profile, settings);
  const payload = { form: 'preferences', profileId: profile._id, at: String(deps.clock()) };
  const form = signLink(linkSecrets(deps.config).signing, payload);
  const { title } = pageWords(language);
  const { topicNames } = settings;
  const status = saved === 'stale' ? 409 : 200;
  sendPage(res, {
    language,
    title,
    status,
    body: preferenceForm(language, choices, { form, saved, topicNames }),
  });
}

async function readChoices(
  { mongo, testSends }: AppDeps,
  profile: Profile,
  settings: GateSettings,
): Promise<Choices> {
  const topics = await listTopics(mongo.collections);
  const channels = CARRIED_CHANNELS.flatMap((channel) => {
    const address = addressOf(profile, channel);
    return address === null ? [] : [{ channel, address }];
  });
  const facts = channels.map(async ({ channel, address }) => {
    const isDouble = settings.doubleOptIn.includes(channel);
    const unknown = settings.consentWhenUnknown[channel] ?? CONSENT_WHEN_UNKNOWN[channel];
    return {
      channel,
      consent: confirmed(profile.consents[channel] ?? null, isDouble),
      standing: await testSends.suppression(channel, hashAddress(channel, address)),
      whenUnknown: isDouble ? ('deny' as const) : unknown,
    };
  });
  const wishes = wishesIn(profile.preferences?.values);
  return choicesOf({ channels: await Promise.all(facts), topics, wishes });
}

/** Whether a form is of a page that this person opened lately. */
function isOurs({ config, clock }: AppDeps, token: string, profileId: string): boolean {
  const read = readLink(linkSecrets(config).known, token);
  if (read?.form !== 'preferences' || read.profileId !== profileId) return false;
  return clock() - Number(read.at) < FORM_VALID_MS;
}

function readForm(form: URLSearchParams): ChoicesSaid {
  const perWeek = form.get(FIELDS.perWeek);
  const isNumber = perWeek !== null && /^\d{1,3}$/.test(perWeek);
  return {
    shown: CARRIED_CHANNELS.filter((one) => form.getAll(FIELDS.shown).includes(one)),
    ticked: form.getAll(FIELDS.ticked),
    channels: form.getAll(FIELDS.channel),
    isStop: form.has(FIELDS.stop),
    shownTopics: form.getAll(FIELDS.shownTopic),
    topics: form.getAll(FIELDS.topic),
    ...(perWeek === '' && { maxPerWeek: null }),
    ...(isNumber && { maxPerWeek: Number(perWeek) }),
  };
}

/** Records a choice, each part an event like any other; says what came of it. */
async function record(deps: AppDeps, reader: LinkReader, said: ChoicesSaid): Promise<Saved> {
  const c = deps.mongo.collections;
  const { language } = reader;
  const { _id: profileId, preferences } = reader.profile;
  const [{ settings }, topics] = await Promise.all([readGateSettings(c), listTopics(c)]);
  const shownTopics = said.shownTopics.filter((topic) => topics.includes(topic));
  const wishes = wishesIn(preferences?.values);
  const { consents, set } = changesOf({ ...said, shownTopics }, wishes);
  const ids: string[] = [];
  const isProven = await provesAddress(deps, reader);
  const saying = { isProven, isStop: said.isStop, doubleOptIn: settings.doubleOptIn };
  const events = consents.map((change) => consentEvent(reader, change, saying));
  for (const event of events) ids.push((await deps.acceptAdminEvent(event)).id);
  const done = events.some(({ name }) => name === CONSENT_REQUESTED) ? 'pending' : 'saved';
  if (Object.keys(set).length === 0) return awaited(deps, ids, done);
  const wished = { ...said, shownTopics, set, wishes, topicNames: settings.topicNames };
  const proof = { source: SOURCE, text: wordsMoved(language, wished), ...versionOf(language) };
  const change = { profileId, name: PREFERENCES_CHANGED, properties: { set, ...proof } };
  const { id } = await deps.acceptAdminEvent(change);
  const saved = await awaited(deps, [...ids, id], done);
  // Too many wishes, of whatever else was set: whoever looks again sees what stands.
  return (await faultOfEvent(c, id)) === null ? saved : 'stale';
}

interface Wished extends Pick<ChoicesSaid, 'shownTopics' | 'topics' | 'maxPerWeek'> {
  set: ChoiceChanges['set'];
  /** What stood before. */
  wishes: Wishes;
  topicNames: GateSettings['topicNames'];
}

/** The words beside what was moved that is no consent, as they stood there: its proof. */
function wordsMoved(
  language: PageLanguage,
  { shownTopics, topics, maxPerWeek, set, wishes, topicNames }: Wished,
): string {
  const words = pageWords(language);
  const names = shownTopics
    .filter((topic) => wantsTopic(wishes, topic) !== topics.includes(topic))
    .map((topic) => topicName(topic, language, topicNames));
  const limit = String(maxPerWeek ?? words.noLimit);
  return [
    ...(names.length > 0 ? [`${words.topics}: ${names.join(', ')}`] : []),
    ...('maxPerWeek' in set ? [`${words.perWeek}: ${limit}`] : []),
    // A channel that was agreed to is wanted from now on, too.
    ...('channels' in set ? [words.channels] : []),
  ].join('; ');
}

function versionOf(language: PageLanguage): { textVersion: string } {
  return { textVersion: `${PAGE_VERSION} ${language}` };
}

async function awaited(
  deps: AppDeps,
  ids: readonly string[],
  done: 'saved' | 'pending',
): Promise<Saved> {
  if (ids.length === 0) return 'saved';
  return (await deps.awaitApplied(ids, APPLIED_WITHIN_MS)) ? done : 'later';
}

interface Saying {
  /** The link's message came to the address of now. */
  isProven: boolean;
  /** All was stopped at once. */
  isStop: boolean;
  doubleOptIn: GateSettings['doubleOptIn'];
}

/** What a box that was moved becomes, with the words beside it as proof. */
function consentEvent(
  { link, profile, language }: LinkReader,
  { channel, granted }: ChoiceChanges['consents'][number],
  { isProven, isStop, doubleOptIn }: Saying,
): AdminEvent {
  const words = pageWords(language);
  const text =
    isStop || isSiteChannel(channel) ? words.stop : `${words.channels}: ${words.names[channel]}`;
  const said = { granted, source: SOURCE, text, ...versionOf(language) };
  const isLinks = channel === link.channel;
  const common = { profileId: profile._id, properties: { channel } };
  if (!granted && isLinks) {
    // Who leaves by the link of a message leaves for everybody who reads that mailbox.
    const properties = { channel, message_id: link.messageId };
    return { ...common, name: 'Unsubscribed', properties, consents: { [channel]: said } };
  }
  if (!granted) return { ...common, name: 'Consent Withdrawn', consents: { [channel]: said } };
  // Who has the link of a message has shown that they read what comes there, if it still does.
  const isDouble = !(isLinks && isProven) && doubleOptIn.some((one) => one === channel);
  const { name, consent } = grantOf(said, profile.consents[channel], isDouble);
  return { ...common, name, consents: { [channel]: consent } };
}
