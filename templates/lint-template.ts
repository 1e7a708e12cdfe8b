import { CHANNELS, type Channel } from '#domain/message/message.ts';
import { lintContent, type LintFinding, type LintRule } from '#domain/template/lint-content.ts';
import type { RenderedContent } from '#domain/template/rendered-content.ts';
import { smsParts } from '#domain/template/sms-parts.ts';
import { trackedOf } from '#domain/template/template-links.ts';
import { CODE_LENGTH } from '#platform/signed-link.ts';
import { languagesOf, type PreparedTemplate } from './prepare-template.ts';
import { renderMessage, type Rendering, type RenderRequest } from './render-message.ts';
import { trackableLinks, type LinkGround } from './trackable-link.ts';

/** People looked at in one go. */
export const SAMPLE_MAX = 1_000;
/** Kinds of findings named; a template that breaks in more ways is broken. */
const FINDINGS_MAX = 200;
/** Customers named with each finding, by id. */
const EXAMPLES_MAX = 3;
/** Messages after which others get their turn: a few ms of work. */
const TURN = 25;

/** A person as a message would be made for them. */
export type AsPerson = Pick<RenderRequest, 'scope' | 'languages' | 'zone' | 'currency'> & {
  profileId: string;
  /** The link by which they would leave. */
  unsubscribe: string;
  /** What decides which links are tracked; `base`: below it they are, without a slash at its end. */
  ground: LinkGround & { base: string };
};

/** One kind of finding, with how many messages have it. */
export interface SampleFinding extends LintFinding {
  channel: Channel;
  language: string | null;
  messages: number;
  /** Ids of some profiles. */
  examples: string[];
}

/** The most characters that the provider called first takes, by channel; null: bounded otherwise. */
export type LengthLimits = Partial<Record<Channel, number | null>>;

export interface LintReport {
  sampled: number;
  channels: Partial<
    Record<
      Channel,
      {
        /** Messages that could be made. */
        made: number;
        /** Those that would be suppressed for their content. */
        suppressed: number;
        byLanguage: Record<string, number>;
        /** Of SMS: messages by how often they are paid. */
        segments?: Record<string, number>;
      }
    >
  >;
  findings: SampleFinding[];
}

/** Looks over what a sample of people would get in each channel, as if it went out now. */
export async function lintTemplate(
  template: PreparedTemplate,
  people: AsyncIterable<AsPerson>,
  limits: LengthLimits = {},
): Promise<LintReport> {
  const report: LintReport = { sampled: 0, channels: {}, findings: [] };
  const known = new Map<string, SampleFinding>();
  const channels = CHANNELS.filter((channel) => languagesOf(template, channel).length > 0);
  for await (const person of people) {
    report.sampled += 1;
    for (const channel of channels) {
      const rendering = renderMessage({ template, channel, ...person });
      const sent = 'content' in rendering ? textSent(template, rendering.content, person) : null;
      count(report, channel, { rendering, sent });
      const language = 'language' in rendering ? rendering.language : null;
      for (const found of findingsIn(template, rendering, { person, limits })) {
        note(known, { ...found, channel, language }, person.profileId);
      }
    }
    if (report.sampled % TURN === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  report.findings = [...known.values()].sort((one, two) => two.messages - one.messages);
  return report;
}

/** What is wrong with one message, made or not. */
export function findingsIn(
  template: PreparedTemplate,
  rendering: Rendering,
  { person, limits }: { person: AsPerson; limits: LengthLimits },
): LintFinding[] {
  if ('content' in rendering) {
    const { content } = rendering;
    const isMarketing = template.kind === 'marketing';
    const { unsubscribe } = person;
    const sent = textSent(template, content, person);
    const maxLength = limits[content.channel] ?? null;
    const one = { content, isMarketing, unsubscribe, maxLength };
    return lintContent({ ...one, ...(sent !== null && { sent }) });
  }
  if ('missing' in rendering) {
    const detail = `“${rendering.missing}” is empty and has no default: nothing is sent.`;
    return [{ rule: 'missingValue', detail }];
  }
  if ('aborted' in rendering) {
    return [{ rule: 'aborted', detail: `The template says not to send it: ${rendering.aborted}.` }];
  }
  const isBroken = 'error' in rendering;
  const rule: LintRule = 'templateError';
  return isBroken ? [{ rule, detail: 'It broke a limit of time or memory: nothing is sent.' }] : [];
}

/**
 * The text of an SMS as it goes out, which is what is paid: its links are short where the template has
 * them tracked. Null: it is no SMS.
 */
export function textSent(
  template: PreparedTemplate,
  content: RenderedContent,
  person: AsPerson,
): string | null {
  const { channel } = content;
  if (channel !== 'sms') return null;
  if (!trackedOf(template.tracking, undefined, channel).clicks) return content.text;
  const { base, ...ground } = person.ground;
  const isTracked = trackableLinks(template, ground);
  const address = `${base}/s/${'x'.repeat(CODE_LENGTH)}`;
  const track = (number: number, url: string): string | null =>
    isTracked(number, url) === null ? null : address;
  const sent = renderMessage({ template, channel, ...person, track });
  return 'content' in sent && sent.content.channel === channel ? sent.content.text : content.text;
}

function count(
  report: LintReport,
  channel: Channel,
  { rendering, sent }: { rendering: Rendering; sent: string | null },
): void {
  const counts = (report.channels[channel] ??= { made: 0, suppressed: 0, byLanguage: {} });
  if (!('content' in rendering)) {
    counts.suppressed += 1;
    return;
  }
  const { language } = rendering;
  counts.made += 1;
  counts.byLanguage[language] = (counts.byLanguage[language] ?? 0) + 1;
  if (sent === null) return;
  const segments = String(smsParts(sent).segments);
  const bySegments = (counts.segments ??= {});
  bySegments[segments] = (bySegments[segments] ?? 0) + 1;
}

function note(
  known: Map<string, SampleFinding>,
  found: LintFinding & Pick<SampleFinding, 'channel' | 'language'>,
  profileId: string,
): void {
  const name = [found.rule, found.channel, found.language, found.detail].join('|');
  const finding = known.get(name) ?? { ...found, messages: 0, examples: [] };
  if (!known.has(name) && known.size >= FINDINGS_MAX) return;
  finding.messages += 1;
  if (finding.examples.length < EXAMPLES_MAX) finding.examples.push(profileId);
  known.set(name, finding);
}
