import { readFile } from 'node:fs/promises';
import { Liquid } from 'liquidjs';
import { parse } from 'yaml';
import type { RunEntry } from '#domain/journey/run.ts';
import { newProfile } from '#domain/profile/new-profile.ts';
import { parseTemplate } from '#domain/template/template.ts';
import { templateScope } from '#domain/template/template-scope.ts';
import { compileMjml } from '#templates/compile-mjml.ts';
import { emailSources, prepareTemplate, type EmailSources } from '#templates/prepare-template.ts';
import { renderMessage } from '#templates/render-message.ts';
import { expectCount, type Row, type Side } from '../row.ts';

const MAILS = { full: 20_000, quick: 2_000, smoke: 50 };
const LANGUAGE = 'en';

export const rendering: Row = {
  name: 'rendering',
  title: 'A personal mail rendered: subject, HTML and text of the library’s cart reminder',
  lines: [
    {
      what: 'mails per second, one core',
      side: 'kairos',
      figure: 'perSecond',
      unit: '/s',
      against: { side: 'liquid', label: 'LiquidJS, parsed template', better: 'more', target: 0.8 },
    },
  ],
  async prepare(ground) {
    const written = await readFile('library/templates/cart-reminder.yaml', 'utf8');
    const template = parseTemplate(parse(written));
    const email = template.languages[LANGUAGE]?.email;
    const compiled = await compileMjml(email?.mjml ?? '');
    if (email === undefined || 'faults' in compiled)
      throw new Error('the library has no such mail');
    const { html } = compiled;
    const at = Date.now();
    const prepared = prepareTemplate({
      _id: template.key,
      template: { ...template, languages: { [LANGUAGE]: template.languages[LANGUAGE] ?? {} } },
      html: { [LANGUAGE]: html },
      revision: 1,
      createdAt: at,
      updatedAt: at,
    });
    const count = ground.scale(MAILS);
    const ours = (number: number): string => {
      const scope = scopeOf(number);
      const languages = [LANGUAGE];
      const made = renderMessage({ template: prepared, channel: 'email', languages, scope });
      return 'content' in made && made.content.channel === 'email' ? made.content.html : '';
    };
    const theirs = plainLiquid(emailSources(email, html));
    const sides = { kairos: renderSide(count, ours), liquid: renderSide(count, theirs) };
    return {
      sides,
      async warmUp() {
        for (const side of Object.values(sides)) await side(-1);
      },
    };
  },
};

/** LiquidJS as it comes, on sources parsed once, with the same values ready to hand. */
function plainLiquid(sources: EmailSources): (number: number) => string {
  const engine = new Liquid();
  const [subject, html, text] = [sources.subject, sources.html, sources.text].map((source) =>
    engine.parse(source),
  );
  if (subject === undefined || html === undefined || text === undefined)
    throw new Error('no parts');
  return (number) => {
    const scope = scopeOf(number);
    engine.renderSync(subject, scope);
    engine.renderSync(text, scope);
    return String(engine.renderSync(html, scope));
  };
}

const person = newProfile('p', 0, 0);

/** Both sides read the same values, and making them ready is in both clocks. */
function scopeOf(number: number): ReturnType<typeof templateScope> {
  const properties = { name: 'Walking boots', url: `https://shop.example/cart/${String(number)}` };
  const entry: RunEntry = { kind: 'event', id: 'e', at: number, event: null, properties };
  return templateScope({
    profile: { ...person, attributes: { first_name: `Reader ${String(number)}` } },
    entry,
    entryKey: null,
    currency: 'USD',
    links: { unsubscribe: 'https://shop.example/unsubscribe' },
  });
}

function renderSide(count: number, render: (number: number) => string): Side {
  return () => {
    let whole = 0;
    const startedAt = performance.now();
    for (let number = 0; number < count; number += 1) {
      const html = render(number);
      if (html.includes(`Reader ${String(number)}`) && html.includes(`/cart/${String(number)}`)) {
        whole += 1;
      }
    }
    const ms = performance.now() - startedAt;
    expectCount('mails rendered for the right person', whole, count);
    return Promise.resolve({ perSecond: (count / ms) * 1_000 });
  };
}
