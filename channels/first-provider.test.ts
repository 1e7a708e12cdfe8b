import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { PROVIDER_KINDS } from '#channels/catalogue.ts';
import { SMTP_VARIABLES } from '#channels/email/smtp-settings.ts';

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const SKIPPED = new Set(['node_modules', '.git', 'contracts', 'histories', 'docs']);

const read = (name: string): string => readFileSync(path.join(ROOT, name), 'utf8');
const document = read('docs/first-provider.md');
const QUOTE = /<!-- from (\S+) -->\s+```ts\n([\s\S]*?)```/g;

function sources(folder = ''): string[] {
  return readdirSync(path.join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.has(entry.name) || entry.name.startsWith('.data')) return [];
    const name = path.join(folder, entry.name);
    if (entry.isDirectory()) return sources(name);
    return /\.(ts|mjs|cjs)$/.test(name) && !name.endsWith('.test.ts') ? [name] : [];
  });
}

describe('docs/first-provider.md', () => {
  it('quotes the code as it is', () => {
    const quotes = [...document.matchAll(QUOTE)];
    expect(quotes.length).toBeGreaterThan(5);
    for (const [, file = '', code = ''] of quotes) expect(read(file)).toContain(code.trimEnd());
  });

  it('is right that no other file knows the provider', () => {
    const knowing = sources().filter((name) => /infobip-?sms/i.test(read(name)));
    expect(knowing.sort()).toEqual([
      'channels/catalogue.ts',
      'channels/sms/infobip.ts',
      'sandbox/catalogue.ts',
      'sandbox/providers/infobip.ts',
    ]);
  });

  it.each([
    ['channels/catalogue.ts', 'infobipSms'],
    ['sandbox/catalogue.ts', 'infobipSmsPart'],
  ])('is right that %s imports it in one line and lists it in another', (file, name) => {
    const lines = read(file).split('\n');
    const naming = lines.filter((line) => new RegExp(`\\b${name}\\b`).test(line));
    expect(naming).toHaveLength(2);
    expect(naming.map((line) => line.trim())).toEqual([
      expect.stringMatching(/^import \{.*\} from/),
      `${name},`,
    ]);
  });
});

/** What the table of docs/providers.md calls each. */
const CALLED: Readonly<Record<string, string>> = {
  ...{ sendgrid: 'SendGrid', smtp: 'SMTP', twilio: 'Twilio', 'infobip-sms': 'Infobip SMS' },
  ...{ fcm: 'FCM', 'web-push': 'web push', 'infobip-viber': 'Infobip Viber' },
};

describe('docs/providers.md', () => {
  it('tells the length, the pictures and the cost of every provider as the catalogue has them', () => {
    const rows = read('docs/providers.md')
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .filter((cells) => cells.length === 10);
    const table = new Map(rows.map(([, name = '', ...cells]) => [name, cells.slice(-4, -1)]));
    expect(Object.keys(CALLED).sort()).toEqual(PROVIDER_KINDS.map(({ name }) => name).sort());
    for (const { name, capabilities } of PROVIDER_KINDS) {
      const { maxLength, images, costMicros } = capabilities;
      const length =
        maxLength === null
          ? expect.not.stringContaining('characters')
          : `${String(maxLength)} characters`;
      const cost = costMicros === 0 ? 'nothing' : `$${String(costMicros / 1_000_000)}`;
      const row = [name, ...(table.get(CALLED[name] ?? '') ?? [])];
      expect(row).toEqual([name, length, images ? 'yes' : 'no', cost]);
    }
  });

  it('has every provider’s file, with a name and a channel that are its own', () => {
    const text = read('docs/providers.md');
    const files = [...text.matchAll(/`(channels\/[a-z]+\/[a-z-]+\.ts)`/g)].map(([, file]) => file);
    expect(new Set(files).size).toBe(PROVIDER_KINDS.length);
    for (const file of files) expect(read(file ?? '')).toContain('defineProvider(');
    const names = PROVIDER_KINDS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('has every variable of mail, and .env.example, too', () => {
    const mail = [...Object.values(SMTP_VARIABLES), 'MAIL_REPORTS_KEY', 'MAIL_CHECK_DNS'];
    for (const file of ['docs/providers.md', '.env.example']) {
      expect(mail.filter((name) => !new RegExp(`\\b${name}\\b`).test(read(file)))).toEqual([]);
    }
  });
});
