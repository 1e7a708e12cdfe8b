import { grantOf } from '#domain/consent/double-opt-in.ts';
import { DomainError, invalid, type Fault } from '#domain/errors.ts';
import type { JsonObject } from '#domain/json.ts';
import type { GateSettings } from '#domain/message/gate/gate-settings.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { AcceptAdminEvent } from '#events/accept-admin.ts';
import type { AcceptEvents } from '#events/accept-events.ts';
import type { AskedForm, SiteMessages } from '#messages/site-message-store.ts';
import { sha256Hex } from '#platform/hash.ts';
import type { Addresses } from '#profiles/normalize-addresses.ts';
import type { FormBody } from './site-views.ts';

/** Proof of a consent: where it was given. */
const SOURCE = 'form';
/** What is filled in, by the attribute it becomes. */
const ATTRIBUTES = {
  name: 'first_name',
  email: 'email',
  phone: 'phone',
  birthday: 'birthday',
} as const;
/** The channel that somebody agrees to who fills in an address and ticks the box. */
const CHANNELS = { email: 'email', phone: 'sms' } as const;

export interface FormDeps {
  shelf: Pick<SiteMessages, 'form'>;
  accept: AcceptEvents;
  acceptAdminEvent: AcceptAdminEvent;
  gateSettings: () => Promise<GateSettings>;
  normalize: (attributes: JsonObject) => Addresses;
}

/** Who filled it in: `userId` where their token says it, else the browser's own id. */
interface FormReader {
  profile: Profile;
  who: { userId: string } | { anonymousId: string };
}

/** What became of a form. */
interface FormTaken {
  taken: string[];
  consents: Record<string, 'granted' | 'pending'>;
}

/**
 * Takes what somebody filled into a form that Kairos showed them. The words are theirs, and so is
 * the agreement, whose text is read from the message itself: a page cannot make up what was agreed
 * to. Attributes and consents are events of their own, so that neither takes the other along when it
 * is refused: an address of somebody else is left out by the rules of public keys, and the rest
 * stands. A repeat of the same `submission` is one. @throws DomainError `not-found`, `invalid`
 */
export async function takeForm(
  deps: FormDeps,
  { profile, who }: FormReader,
  { id, submission, fields, agree }: FormBody,
): Promise<FormTaken> {
  const asked = await deps.shelf.form(profile._id, id);
  if (asked === null) {
    throw new DomainError('not-found', 'No form with this id is shown to this person.');
  }
  const said = readFields(deps, asked, fields);
  const event = `form/${sha256Hex(`${profile._id} ${id} ${submission}`).slice(0, 40)}`;
  const { rejected } = await deps.accept(
    [
      { type: 'identify', messageId: event, ...who, traits: said },
      {
        ...{ type: 'track', event: 'Widget Submitted', messageId: `${event}/told`, ...who },
        properties: { message_id: id, template: asked.template, fields: Object.keys(fields) },
      },
    ],
    { source: 'browser' },
  );
  const consents = agree ? await grant(deps, { profile, who, event, asked, fields, id }) : {};
  const errors = rejected.flatMap((one) => one.errors);
  if (errors.length > 0) throw invalid('What was filled in cannot be taken.', errors);
  return { taken: Object.keys(fields), consents };
}

/** The attributes; @throws DomainError `invalid` where a field says nothing that could be used. */
function readFields(
  { normalize }: FormDeps,
  { form }: AskedForm,
  fields: FormBody['fields'],
): JsonObject {
  const faults: Fault[] = [];
  const attributes: JsonObject = {};
  for (const [name, value] of Object.entries(fields) as [keyof typeof ATTRIBUTES, string][]) {
    const pointer = `#/fields/${name}`;
    if (form[name] === undefined) faults.push({ pointer, detail: 'The form does not ask for it.' });
    else attributes[ATTRIBUTES[name]] = value;
  }
  const { attributes: normal, warnings } = normalize(attributes);
  for (const { pointer = '', detail } of warnings) {
    faults.push({ pointer: pointer.replace('#/traits/', '#/fields/'), detail });
  }
  if (faults.length > 0) throw invalid('The form is not filled in right.', faults);
  return normal;
}

interface Granting extends FormReader {
  id: string;
  /** Begins the ids of its events. */
  event: string;
  asked: AskedForm;
  fields: FormBody['fields'];
}

/** What was agreed to, with the words as they stood there. */
async function grant(
  { acceptAdminEvent, gateSettings }: FormDeps,
  { profile, who, id, event, asked, fields }: Granting,
): Promise<FormTaken['consents']> {
  const { form, version } = asked;
  const text = form.agree;
  if (text === undefined) return {};
  const { doubleOptIn } = await gateSettings();
  const by = 'userId' in who ? `external:${who.userId}` : `anonymous:${who.anonymousId}`;
  const said = { granted: true, source: SOURCE, text, textVersion: version };
  const became: FormTaken['consents'] = {};
  for (const [field, channel] of Object.entries(CHANNELS)) {
    if (fields[field as keyof typeof CHANNELS] === undefined) continue;
    const isDouble = doubleOptIn.some((one) => one === channel);
    const { name, consent } = grantOf(said, profile.consents[channel], isDouble);
    await acceptAdminEvent({
      ...{ profileId: profile._id, name, by, id: `${event}/${channel}` },
      properties: { channel, message_id: id },
      consents: { [channel]: consent },
    });
    became[channel] = consent.granted ? 'granted' : 'pending';
  }
  return became;
}
