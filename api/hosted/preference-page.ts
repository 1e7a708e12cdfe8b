import type { Choices } from '#domain/consent/choices.ts';
import { pageWords, type PageLanguage } from '#domain/consent/page-language.ts';
import { chooseLanguage } from '#domain/template/choose-language.ts';
import { escapeHtml } from './page.ts';

/** Messages a week that can be chosen; one that was set otherwise is shown besides. */
const PER_WEEK = [1, 2, 3, 5, 7];

/** How a try to save ended. */
export const SAVED = ['saved', 'pending', 'later', 'stale'] as const;
export type Saved = (typeof SAVED)[number];

/** Names of the form's fields. */
export const FIELDS = {
  /** Proves that the form is of a page of ours. */
  form: 'form',
  channel: 'channel',
  /** The channels that were shown, and those whose box was ticked then. */
  shown: 'shown',
  ticked: 'ticked',
  topic: 'topic',
  shownTopic: 'shown-topic',
  perWeek: 'per-week',
  /** The button that clears all channels. */
  stop: 'stop',
} as const;

/** What of a form is not the person's choice. */
interface FormParts {
  /** The token that goes back with it. */
  form: string;
  /** Null: the page was just opened. */
  saved: Saved | null;
  /** By topic, then by language. */
  topicNames: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The form of a person's choices, as HTML. */
export function preferenceForm(
  language: PageLanguage,
  choices: Choices,
  { form, saved, topicNames }: FormParts,
): string {
  const words = pageWords(language);
  const { channels, topics } = choices;
  const channelBoxes = channels.map(({ channel, chosen }) =>
    box(FIELDS.channel, channel, { label: words.names[channel], chosen }),
  );
  const topicBoxes = topics.map(({ topic, chosen }) =>
    box(FIELDS.topic, topic, { label: topicName(topic, language, topicNames), chosen }),
  );
  const parts = [
    saved === null ? '' : `<p role="status" class="status">${escapeHtml(words[saved])}</p>`,
    `<p>${escapeHtml(words.intro)}</p>`,
    '<form method="post">',
    hidden(FIELDS.form, form),
    ...channels.map(({ channel }) => hidden(FIELDS.shown, channel)),
    ...channels.flatMap(({ channel, chosen }) => (chosen ? [hidden(FIELDS.ticked, channel)] : [])),
    ...topics.map(({ topic }) => hidden(FIELDS.shownTopic, topic)),
    group(words.channels, channelBoxes),
    group(words.topics, topicBoxes),
    `<p><label for="per-week">${escapeHtml(words.perWeek)}</label>`,
    `<select id="per-week" name="${FIELDS.perWeek}">${options(words.noLimit, choices.maxPerWeek)}</select></p>`,
    // The first button is the one that the enter key presses.
    `<p class="buttons"><button type="submit">${escapeHtml(words.save)}</button>`,
    `<button type="submit" class="quiet" name="${FIELDS.stop}" value="1">${escapeHtml(words.stop)}</button></p>`,
    '</form>',
    `<p>${escapeHtml(words.owed)}</p>`,
  ];
  return parts.filter((part) => part !== '').join('\n');
}

/** As the shop calls it in the language, or in its first; else `spring-sale` reads `Spring sale`. */
export function topicName(
  topic: string,
  language: PageLanguage,
  named: FormParts['topicNames'],
): string {
  const names = Object.hasOwn(named, topic) ? (named[topic] ?? {}) : {};
  const tag = chooseLanguage(Object.keys(names), [language]);
  const text = (tag === null ? null : names[tag]) ?? topic.replaceAll(/[-_]+/g, ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function hidden(name: string, value: string): string {
  return `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`;
}

function group(legend: string, boxes: readonly string[]): string {
  if (boxes.length === 0) return '';
  return `<fieldset><legend>${escapeHtml(legend)}</legend>\n${boxes.join('\n')}\n</fieldset>`;
}

function box(
  name: string,
  value: string,
  { label, chosen }: { label: string; chosen: boolean },
): string {
  const ticked = chosen ? ' checked' : '';
  const input = `<input type="checkbox" name="${name}" value="${escapeHtml(value)}"${ticked}>`;
  return `<label class="choice">${input} <bdi>${escapeHtml(label)}</bdi></label>`;
}

function options(noLimit: string, chosen: number | null): string {
  const known = chosen === null || PER_WEEK.includes(chosen) ? PER_WEEK : [...PER_WEEK, chosen];
  const numbers = [...known].sort((a, b) => a - b);
  const option = (value: string, label: string, isChosen: boolean): string =>
    `<option value="${value}"${isChosen ? ' selected' : ''}>${escapeHtml(label)}</option>`;
  return [
    option('', noLimit, chosen === null),
    ...numbers.map((one) => option(String(one), String(one), one === chosen)),
  ].join('');
}
