import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { Config } from '#platform/config.ts';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Non-blank lines, comments included: a file that long is two files. */
const LINES_MAX = 300;

const SKIPPED = new Set(['node_modules', '.git', 'dist', 'coverage', 'contracts', 'histories']);

/** In the folder of the step kinds, but none itself: what a kind is, and the list of them. */
const NOT_A_KIND = /\/(kinds|step-kind)\.ts$|\.(test|example)\.ts$/;

const SOURCE = /\.(ts|tsx|mjs|cjs|js)$/;

/** Every file of the product, relative to its root. */
function files(folder = ''): string[] {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.has(entry.name) || entry.name.startsWith('.data')) return [];
    const name = path.join(folder, entry.name);
    return entry.isDirectory() ? files(name) : [name];
  });
}

const all = files();
const sources = all.filter((name) => SOURCE.test(name));
const read = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');

describe('the repository', () => {
  it(`has no source file over ${String(LINES_MAX)} lines`, () => {
    const long = sources.filter(
      (name) =>
        read(name)
          .split('\n')
          .filter((line) => line.trim() !== '').length > LINES_MAX,
    );
    expect(long).toEqual([]);
  });

  it('names every variable of its environment in .env.example', () => {
    const example = read('.env.example');
    const unnamed = Object.keys(Config.shape).filter(
      (name) => !new RegExp(`^(# )?${name}=`, 'm').test(example),
    );
    expect(unnamed).toEqual([]);
  });

  it('says of every decision record what became of it', () => {
    const records = all.filter((name) => /^docs\/adr\/\d+.*\.md$/.test(name));
    const silent = records.filter(
      (name) => !/^\W*status\W*:?\W*(proposed|accepted|superseded)/im.test(read(name)),
    );
    expect(silent).toEqual([]);
  });

  it('leaves nothing for later without the number of an issue', () => {
    const later = sources.filter((name) => /\b(TODO|FIXME)\b(?!\(#\d+\))/.test(read(name)));
    // This file has to spell them out.
    expect(later).toEqual([path.join('test', 'tidy.test.ts')]);
  });

  it('tells its readers only npm commands that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const told = all
      .filter((name) => name === 'README.md' || /^docs\/.*\.md$/.test(name))
      .flatMap((name) => [...read(name).matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)])
      .map(([, script, short]) => script ?? short ?? '');
    expect(told.filter((script) => !(script in scripts))).toEqual([]);
  });

  it('starts those tests first that are there', () => {
    const named = [...read('test/support/longest-first.mjs').matchAll(/^ {2}'(.+\.ts)',$/gm)];
    expect(named.length).toBeGreaterThan(5);
    expect(named.map(([, name = '']) => name).filter((name) => !all.includes(name))).toEqual([]);
  });

  it('has a test beside every kind of step', () => {
    const steps = all.filter(
      (name) => /^domain\/journey\/steps\/[^/]+\.ts$/.test(name) && !NOT_A_KIND.test(name),
    );
    const untested = steps.filter((name) => !all.includes(name.replace(/\.ts$/, '.test.ts')));
    expect(untested).toEqual([]);
  });
});
