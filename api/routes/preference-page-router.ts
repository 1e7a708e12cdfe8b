import express, { Router, type Request, type Response } from 'express';
import { changesOf, choicesOf, type Choices, type ChoicesSaid } from '#domain/consent/choices.ts';
import { CONSENT_REQUESTED, mustConfirm, requested } from '#domain/consent/double-opt-in.ts';
import { pageWords, type PageLanguage } from '#domain/consent/page-language.ts';
import { PAGE_VERSION } from '#domain/consent/page-words.ts';
import { addressOf } from '#domain/message/address.ts';
import { CONSENT_WHEN_UNKNOWN } from '#domain/message/gate.ts';
import type { GateSettings } from '#domain/message/gate/gate-settings.ts';
import { wishesIn } from '#domain/message/gate/gate-rules.ts';
import { CHANNELS } from '#domain/message/message.ts';
import { PREFERENCES_CHANGED } from '#domain/profile/preferences.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { readGateSettings } from '#messages/gate-settings-store.ts';
import { hashAddress } from '#messages/is-suppressed.ts';
import { linkSecrets, readLink, signLink } from '#platform/signed-link.ts';
import { listTopics } from '#templates/list-topics.ts';
import type { AppDeps, UnsubscribeLink } from '../deps.ts';
import { languageFor, sendPage } from '../hosted/page.ts';
import { FIELDS, preferenceForm, type Saved } from '../hosted/preference-page.ts';
import { APPLIED_WITHIN_MS } from './profile-routes.ts';

const PATH = '/v1/preferences/:token';
const SHOWN_PATH = '/v1/preferences/{token}';
/** A few dozen boxes and the form's token; nothing larger is the page's form. */
const BODY_BYTES_MAX = 32 * 1024;
/** What a form says counts for so long after it was opened, in ms: what it shows is old then. */
const FORM_VALID_MS = 24 * 3_600_000;
const SOURCE = 'preference-centre';

/** What came of a link: whose it is, and what its reader reads. */
interface Reader {
  link: UnsubscribeLink;
  profile: Profile;
  language: PageLanguage;
}

/**
 * The page behind the link at the foot of a marketing message where its reader chooses what they
 * get. Opening it changes nothing; its one form works without scripts. Whoever has the link may
 * choose: there is no cookie or session that another site could use, and a form counts only with
 * the token of a page that was opened.
 */
export function createPreferencePageRouter(deps: AppDeps): Router {
  const router = Router();
  const body = express.text({ type: 'application/x-www-form-urlencoded', limit: BODY_BYTES_MAX });
  router.get(PATH, async (req, res) => {
    const reader = await readerOf(deps, req, res);
    const saved =
      req.query.saved === 'now' ? 'saved' : req.query.saved === 'later' ? 'later' : null;
    if (reader !== null) await show(deps, res, { ...reader, saved });
  });
  router.post(PATH, body, async (req, res) => {
    const reader = await readerOf(deps, req, res);
    if (reader === null) return;
    const form = new URLSearchParams(typeof req.body === 'string' ? req.body : '');
    if (!isOurs(deps, form.get(FIELDS.form) ?? '', reader.profile._id)) {
      await show(deps, res, { ...reader, saved: 'stale' });
      return;
    }
    const isSeen = await record(deps, reader, readForm(form));
    res.redirect(303, `${req.path}?saved=${isSeen ? 'now' : 'later'}`);
  });
  return router;
}

/** Null: it was answered that the link leads nowhere. */
async function readerOf(
  deps: AppDeps,
  req: Request<{ token: string }>,
  res: Response,
): Promise<Reader | null> {
  res.locals.route = SHOWN_PATH;
  const link = deps.readLink(req.params.token);
  const profile = link === null ? null : await deps.findProfile(link.profileId);
  if (link !== null && profile !== null && profile.erasedAt === null) {
    const known = [profile.language, profile.browserLanguage];
    return { link, profile, language: languageFor(req, known) };
  }
  const language = languageFor(req);
  const { title, unknown } = pageWords(language);
  sendPage(res, { language, title, body: `<p role="status">${unknown}</p>`, status: 404 });
  return null;
}

async function show(
  deps: AppDeps,
  res: Response,
  { profile, language, saved }: Reader & { saved: Saved },
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
  const channels = CHANNELS.flatMap((channel) => {
    const address = addressOf(profile, channel);
    return address === null ? [] : [{ channel, address }];
  });
  const facts = channels.map(async ({ channel, address }) => ({
    channel,
    consent: profile.consents[channel] ?? null,
    standing: await testSends.suppression(channel, hashAddress(channel, address)),
    whenUnknown: settings.consentWhenUnknown[channel] ?? CONSENT_WHEN_UNKNOWN[channel],
  }));
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
    shown: CHANNELS.filter((one) => form.getAll(FIELDS.shown).includes(one)),
    ticked: form.getAll(FIELDS.ticked),
    channels: form.has(FIELDS.stop) ? [] : form.getAll(FIELDS.channel),
    shownTopics: form.getAll(FIELDS.shownTopic),
    topics: form.getAll(FIELDS.topic),
    ...(perWeek === '' && { maxPerWeek: null }),
    ...(isNumber && { maxPerWeek: Number(perWeek) }),
  };
}

/** Records a choice, each part an event like any other; says whether a read shows it already. */
async function record(
  deps: AppDeps,
  { link, profile, language }: Reader,
  said: ChoicesSaid,
): Promise<boolean> {
  const words = pageWords(language);
  const { consents, set } = changesOf(said, wishesIn(profile.preferences?.values));
  const ids: string[] = [];
  const { settings } = await readGateSettings(deps.mongo.collections);
  for (const { channel, granted } of consents) {
    // Who has the link of a message has shown that they read what comes there.
    const isDouble = channel !== link.channel && settings.doubleOptIn.includes(channel);
    const isAsked = granted && mustConfirm(profile.consents[channel], isDouble);
    // Who leaves by the link of a message leaves for everybody who reads that mailbox.
    const isLeft = !granted && channel === link.channel;
    const granting = isAsked ? CONSENT_REQUESTED : 'Consent Granted';
    const name = granted ? granting : isLeft ? 'Unsubscribed' : 'Consent Withdrawn';
    const text = `${words.channels}: ${words.names[channel]}`;
    const proof = { source: SOURCE, text, textVersion: `${PAGE_VERSION} ${language}` };
    const { id } = await deps.acceptAdminEvent({
      profileId: profile._id,
      name,
      properties: { channel, ...(isLeft && { message_id: link.messageId }) },
      consents: {
        [channel]: isAsked ? requested({ granted, ...proof }) : { granted, ...proof },
      },
    });
    ids.push(id);
  }
  if (Object.keys(set).length > 0) {
    const change = { profileId: profile._id, name: PREFERENCES_CHANGED, properties: { set } };
    ids.push((await deps.acceptAdminEvent(change)).id);
  }
  return ids.length === 0 || deps.awaitApplied(ids, APPLIED_WITHIN_MS);
}
