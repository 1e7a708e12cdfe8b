import { describe, expect, it } from '@jest/globals';
import { parseTemplate } from '#domain/template/template.ts';
import { findLinks } from './find-links.ts';
import { lintTemplate, SAMPLE_MAX, type AsPerson, type LintReport } from './lint-template.ts';
import { prepareTemplate } from './prepare-template.ts';

const LEAVE = 'https://k.example/u';

function person(id: number, attributes: Record<string, string>): AsPerson {
  return {
    profileId: `p${String(id)}`,
    languages: [attributes.language ?? 'en'],
    unsubscribe: LEAVE,
    ground: { base: 'https://k.example', publicUrl: 'https://k.example' },
    scope: {
      profile: attributes,
      entry: { properties: {} },
      event: null,
      context: {},
      links: { unsubscribe: LEAVE },
    },
  };
}

async function lint(languages: object, people: AsPerson[], tracking?: object): Promise<LintReport> {
  const template = parseTemplate({ key: 'a', languages, ...(tracking && { tracking }) });
  async function* each(): AsyncGenerator<AsPerson> {
    for (const one of people) yield await Promise.resolve(one);
  }
  const links = findLinks(template.languages, {});
  return lintTemplate(prepareTemplate({ template, html: {}, links, revision: 1 }), each());
}

describe('lintTemplate', () => {
  it('counts what every person of a sample would get, and names some of those with a finding', async () => {
    const people = Array.from({ length: 100 }, (_, id) =>
      person(id, {
        language: id < 10 ? 'ru' : 'en',
        ...(id % 5 === 0 ? {} : { first_name: 'Ann' }),
      }),
    );
    const report = await lint(
      {
        en: { sms: { text: 'Hello {{ profile.first_name }}' } },
        ru: {
          sms: { text: `Привет, {{ profile.first_name | default: 'друг' }}! ${'Ж'.repeat(60)}` },
        },
      },
      people,
    );
    expect(report).toEqual({
      sampled: 100,
      channels: {
        sms: {
          made: 82,
          suppressed: 18,
          byLanguage: { ru: 10, en: 72 },
          segments: { '1': 72, '2': 10 },
        },
      },
      findings: [
        {
          rule: 'missingValue',
          detail: '“profile.first_name” is empty and has no default: nothing is sent.',
          channel: 'sms',
          language: null,
          messages: 18,
          examples: ['p10', 'p15', 'p20'],
        },
        {
          rule: 'longSms',
          detail: 'It is paid 2 times: 2 segments of UCS-2 (because of “П”).',
          channel: 'sms',
          language: 'ru',
          messages: 10,
          examples: ['p0', 'p1', 'p2'],
        },
      ],
    });
  });

  it('looks over mails and aborted messages as well', async () => {
    const email = {
      subject: 'Hi',
      html: '<p><a href="{{ profile.site }}">Go</a>{% if profile.vip %}{% abort "no VIPs" %}{% endif %}</p>',
      text: 'Words',
    };
    const { findings } = await lint({ en: { email } }, [
      person(1, { site: 'shop.example' }),
      person(2, { site: 'https://shop.example', vip: 'yes' }),
    ]);
    expect(findings.map(({ rule, examples }) => [rule, ...examples])).toEqual([
      ['brokenLink', 'p1'],
      ['noUnsubscribe', 'p1'],
      ['aborted', 'p2'],
    ]);
  });

  it('counts the parts of a text message by the links it goes out with', async () => {
    const long = `https://shop.example/${'x'.repeat(110)}`;
    const text = `${'y'.repeat(50)} ${long}`;
    const segmentsOf = async (sms: string, tracking?: object): Promise<unknown> => {
      const people = [person(1, { site: long })];
      const report = await lint({ en: { sms: { text: sms } } }, people, tracking);
      const rules = report.findings.map(({ rule }) => rule);
      return [report.channels.sms?.segments, rules];
    };
    const twice = [{ '2': 1 }, ['longSms']];
    const once = [{ '1': 1 }, []];
    const tracked = { channels: ['sms'] };
    expect(await segmentsOf(text)).toEqual(twice);
    expect(await segmentsOf(text, tracked)).toEqual(once);
    // A short link is longer than a shorter one.
    const short = `${'y'.repeat(140)} https://s.example`;
    expect(await segmentsOf(short)).toEqual(once);
    expect(await segmentsOf(short, tracked)).toEqual(twice);
    // Nobody knows that this host is the shop's: it goes out as it is.
    const said = `${'y'.repeat(50)} {{ profile.site }}`;
    expect(await segmentsOf(said, tracked)).toEqual(twice);
  });

  it('looks over a sample of the largest size, and names a few of a thousand', async () => {
    const people = Array.from({ length: SAMPLE_MAX }, (_, id) => person(id, {}));
    const report = await lint({ en: { sms: { text: 'Hi {{ profile.first_name }}' } } }, people);
    expect(report).toMatchObject({
      sampled: 1_000,
      channels: { sms: { made: 0, suppressed: 1_000 } },
      findings: [{ rule: 'missingValue', messages: 1_000, examples: ['p0', 'p1', 'p2'] }],
    });
  });
});
