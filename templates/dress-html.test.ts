import { describe, expect, it } from '@jest/globals';
import { compileMjml } from './compile-mjml.ts';
import { dressHtml } from './dress-html.ts';

const mjml = (text: string, head = ''): string =>
  `<mjml>${head}<mj-body><mj-section><mj-column>${text}</mj-column></mj-section></mj-body></mjml>`;

async function compiled(source: string, language: string): Promise<string> {
  const result = await compileMjml(source, language);
  if ('faults' in result) throw new Error(result.faults.join(' '));
  return result.html;
}

describe('a compiled mail', () => {
  it('says its language and how that is written', async () => {
    const arabic = await compiled(mjml('<mj-text>مرحبا</mj-text>'), 'ar');
    expect(arabic).toContain('<html lang="ar" dir="rtl"');
    expect(arabic).toContain('text-align:right');
    expect(arabic).not.toContain('lang="und"');
    const english = await compiled(mjml('<mj-text>Hello</mj-text>'), 'en');
    expect(english).toContain('<html lang="en" dir="ltr"');
    expect(english).toContain('text-align:left');
  });

  it('leaves alone what the marketer said themselves', async () => {
    const head = '<mj-head><mj-attributes><mj-text align="center" /></mj-attributes></mj-head>';
    const centred = await compiled(mjml('<mj-text>שלום</mj-text>', head), 'he');
    expect(centred).toContain('text-align:center');
    expect(centred).not.toContain('text-align:right');
    expect(dressHtml('<html lang="de" dir="ltr"><body>x</body></html>', 'ar')).toBe(
      '<html lang="de" dir="ltr"><body>x</body></html>',
    );
  });

  it('turns plain HTML as well where people read from the right', () => {
    expect(dressHtml('<p>سلام</p>', 'fa')).toBe('<div lang="fa" dir="rtl"><p>سلام</p></div>');
    expect(dressHtml('<p>Hi</p>', 'en')).toBe('<p>Hi</p>');
    expect(dressHtml('<html><body>x</body></html>', 'ur')).toBe(
      '<html lang="ur" dir="rtl"><body>x</body></html>',
    );
  });

  it('tells mail programs of its dark styles, if it has any', () => {
    const style = '<style>@media (prefers-color-scheme: dark) { p { color: #fff } }</style>';
    const dark = `<html lang="en"><head>${style}</head><body><p>x</p></body></html>`;
    expect(dressHtml(dark, 'en')).toContain('<meta name="color-scheme" content="light dark">');
    expect(dressHtml(dressHtml(dark, 'en'), 'en')).toBe(dressHtml(dark, 'en'));
    expect(dressHtml('<html lang="en"><head></head><body>x</body></html>', 'en')).not.toContain(
      'color-scheme',
    );
  });
});
