import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { parseCondition } from '#domain/condition/parse-condition.ts';
import { parseJourney } from '#domain/journey/parse-journey.ts';
import { Template } from '#domain/template/template.ts';
import { pathOf } from './support/views.ts';
import { WholeKairos } from './support/whole-kairos.ts';

const run = promisify(execFile);
const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const read = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');

function blocks(text: string, language: string): string[] {
  const pattern = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g');
  return [...text.matchAll(pattern)].map(([, code = '']) => code);
}

describe('the first steps of README.md', () => {
  let kairos: WholeKairos;
  beforeAll(async () => {
    kairos = await WholeKairos.start('readme');
  }, 120_000);
  afterAll(() => kairos.stop());

  it('work word for word', async () => {
    const env = {
      PATH: process.env.PATH ?? '',
      KAIROS: kairos.url,
      ADMIN_KEY: 'admin-key-of-whole-kairos',
      WRITE_KEY: 'write-key-of-whole-kairos',
    };
    const commands = blocks(read('README.md'), 'sh').filter((code) => code.includes('curl'));
    expect(commands).toHaveLength(3);
    const shell = (code = ''): Promise<{ stdout: string }> =>
      run('bash', ['-euc', code.replaceAll('curl -sS', 'curl -sS --fail-with-body')], { env });
    await shell(commands[0]);
    await shell(commands[1]);
    const ended = await kairos.endedRun('welcome', 'external:42');
    expect(pathOf(ended)).toBe('pause:passed -> hello:sent -> leave:done');
    const { stdout } = await shell(commands[2]);
    expect(stdout).toContain('Welcome, Ann');
  });
});

const DOCUMENTS = [
  'README.md',
  ...readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join('docs', name)),
];

describe('the documents', () => {
  it.each(DOCUMENTS)('%s links only to what exists', (name) => {
    const links = [...read(name).matchAll(/\]\((?!https?:)([^)#\s]+)[^)]*\)/g)];
    const broken = links
      .map(([, link = '']) => link)
      .filter((link) => !existsSync(path.join(ROOT, path.dirname(name), link)));
    expect(broken).toEqual([]);
  });

  it('name in the table of limits only files that exist', () => {
    const text = read('docs/architecture.md');
    const named = [...text.matchAll(/`([a-z]+\/[\w./-]+\.(?:ts|mjs|cjs|md))`/g)];
    expect(named.length).toBeGreaterThan(30);
    const missing = named
      .map(([, file = '']) => file)
      .filter((file) => !existsSync(path.join(ROOT, file)));
    expect(missing).toEqual([]);
  });

  it('show a journey and a condition that parse, and steps that fit into one', () => {
    const [journey = '', ...rest] = blocks(read('docs/journeys.md'), 'yaml');
    expect(parseJourney(parse(journey))).toMatchObject({ ok: true });
    const condition = rest.pop() ?? '';
    expect(parseCondition(parse(condition))).toHaveProperty('ok');
    for (const written of rest) {
      const shown = parse(written) as Record<string, unknown>;
      const ends = ['hello', 'think', 'offer', 'leave', 'remind', 'join'];
      const parsed = parseJourney({
        key: 'k',
        name: 'n',
        entry: { api: true },
        start: Object.keys(shown)[0],
        steps: { ...Object.fromEntries(ends.map((end) => [end, { end }])), ...shown },
      });
      const faults = parsed.ok ? [] : parsed.faults;
      expect(faults.filter(({ detail }) => !detail.startsWith('Nobody ever comes'))).toEqual([]);
    }
  });

  it('show a journey of a price that drops, which parses', () => {
    const [journey = ''] = blocks(read('docs/catalogue.md'), 'yaml');
    expect(parseJourney(parse(journey))).toMatchObject({
      ok: true,
      journey: { key: 'price-drop' },
    });
  });

  it('show a template that is one', () => {
    const [template = ''] = blocks(read('docs/templates.md'), 'yaml');
    expect(Template.safeParse(parse(template)).success).toBe(true);
  });
});
