import type { Content } from '#channels/provider.ts';
import type { MessageLink, MessageReason } from '#domain/message/message.ts';
import { addressOf } from '#domain/message/address.ts';
import { decide, type GateAnswer, type GateFacts } from '#domain/message/gate.ts';
import type { Profile } from '#domain/profile/profile.ts';
import { linksBeside } from '#domain/template/page-links.ts';
import { templateScope } from '#domain/template/template-scope.ts';
import { hashAddress } from '#messages/is-suppressed.ts';
import { signLink } from '#platform/signed-link.ts';
import type { TrackLink } from '#templates/mark-links.ts';
import type { PreparedTemplate } from '#templates/prepare-template.ts';
import { renderMessage, type Rendering } from '#templates/render-message.ts';
import { gateFacts } from './gate-facts.ts';
import { knownHosts } from './known-hosts.ts';
import type { SendCall, SendDeps, SendRequest } from './send-request.ts';
import { takeVouchers, voucherScope } from './take-vouchers.ts';
import { trackMessage } from './track-message.ts';

/** What goes out and to whom. */
export interface Letter {
  to: string;
  addressHash: string;
  content: Content;
  language: string;
  /** Links that lead where only this message says. */
  links: MessageLink[];
}

type KeptBack = Extract<GateAnswer, { suppressed: unknown }>;
type Held = Extract<GateAnswer, { hold: unknown }>;

/** What goes out and to whom, or why nothing does, or not now. */
export type Prepared = { profileId: string } & (
  { go: Letter; facts: GateFacts } | (Held & { facts: GateFacts }) | KeptBack
);

/**
 * Reads the person, the template and the run as they are at this moment, passes the gate, and
 * renders. Consents, addresses and content are never older than the transition that asks. Of the
 * person's other messages the gate is told when the call is claimed: they only ever keep one back.
 */
export async function prepareSend(call: SendCall): Promise<Prepared> {
  const { deps, reads, request } = call;
  const { channel, firstTry } = request;
  const [profile, template, runEnded] = await Promise.all([
    firstTry === undefined ? deps.profiles.follow(request.profileId) : firstTry.person,
    deps.templates(request.template),
    // The transition that tries first has just seen it running; after the claim it is read again.
    firstTry === undefined && reads.hasRunEnded(request.runId),
  ]);
  const profileId = profile?._id ?? request.profileId;
  if (profile === null) return { profileId, suppressed: 'erased' };
  if (template === null) return { profileId, suppressed: 'noContent' };
  const to = addressOf(profile, channel);
  const addressHash = to === null ? '' : hashAddress(channel, to);
  const standing = await reads.suppression(channel, addressHash);
  const read = { profile, template, runEnded, hasAddress: to !== null, standing };
  const facts = await gateFacts(call, read);
  const answer = decide(facts);
  if ('suppressed' in answer) return { profileId, ...answer };
  if (to === null) return { profileId, suppressed: 'noAddress' };
  if ('hold' in answer) return { profileId, ...answer, facts };
  const letter = await write({ deps, request, profile, template });
  return 'suppressed' in letter
    ? { profileId, suppressed: letter.suppressed }
    : { profileId, go: { to, addressHash, ...letter }, facts };
}

/** Renders the message, and says in the gate's words why there is none. */
async function write(
  input: WriteInput,
): Promise<Pick<Letter, 'content' | 'language' | 'links'> | Suppressed> {
  const { deps, request, profile, template } = input;
  const link = unsubscribeLink(deps, request, profile._id);
  const known = await knownHosts(deps, request, template);
  const parts = { settings: deps.settings, request, template, knownHosts: known };
  const tracking = trackMessage(parts);
  const rendering = await render(input, { unsubscribe: link, track: tracking.track });
  if ('missing' in rendering) return { suppressed: 'missingValue' };
  if ('noContent' in rendering) return { suppressed: 'noContent' };
  if ('aborted' in rendering) return { suppressed: `aborted: ${rendering.aborted}` };
  if ('error' in rendering) return { suppressed: rendering.error };
  const { language } = rendering;
  const content = await takeVouchers(
    { deps, request, profileId: profile._id },
    template,
    rendering,
  );
  if (typeof content === 'string') return { suppressed: content };
  const dressed = tracking.dress(content);
  return {
    content: template.kind === 'marketing' ? asMarketing(dressed, link, input) : dressed,
    language,
    links: tracking.links,
  };
}

interface Suppressed {
  suppressed: MessageReason;
}

interface WriteInput {
  deps: SendDeps;
  request: SendRequest;
  profile: Profile;
  template: PreparedTemplate;
}

async function render(
  { deps, request, profile, template }: WriteInput,
  { unsubscribe, track }: { unsubscribe: string; track: TrackLink | undefined },
): Promise<Rendering> {
  const { currency, defaultLanguage, defaultZone } = deps.settings;
  const { channel, entry, entryKey, responses } = request;
  const languages = [profile.language, profile.browserLanguage, defaultLanguage];
  const ask = { template, channel, languages, profile, entry };
  const personal = template.roots.size === 0 ? {} : await deps.personal?.(ask);
  const links = linksBeside(unsubscribe);
  return renderMessage({
    ...{ template, channel, languages, track },
    zone: profile.zone ?? defaultZone,
    currency,
    scope: {
      ...templateScope({ profile, entry, entryKey, currency, links, responses }),
      ...personal,
      ...voucherScope(template),
    },
  });
}

/** Names the profile, channel and message by id, so that the link gives nobody away. */
function unsubscribeLink({ settings }: SendDeps, request: SendRequest, profileId: string): string {
  const { channel, messageId } = request;
  const token = signLink(settings.linkSecret, { profileId, channel, messageId });
  return `${settings.publicUrl.replace(/\/+$/, '')}/v1/unsubscribe/${token}`;
}

/**
 * Marketing mails can be left with one click (RFC 8058); a receipt is no list to leave. Viber wants
 * to be told which of the two it is.
 */
function asMarketing(
  content: Content,
  link: string,
  { request, template: { key: template, topic } }: Pick<WriteInput, 'request' | 'template'>,
): Content {
  if (content.channel === 'viber') return { ...content, isPromotion: true };
  if (content.channel !== 'email') return content;
  const source = request.campaign?.key ?? request.journey;
  return { ...content, unsubscribeUrl: link, list: { topic, source, template } };
}
