import { describe, expect, it } from '@jest/globals';
import { DomainError } from '#domain/errors.ts';
import { parseTemplate } from '#domain/template/template.ts';

const faultsOf = (content: object): string[] => {
  try {
    parseTemplate({ key: 'note', languages: { en: content } });
    return [];
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return error.faults.map(({ pointer, detail }) => `${pointer} ${detail}`);
  }
};

describe('what is shown on the shop’s pages', () => {
  it('is written like any other content', () => {
    expect(
      faultsOf({
        'in-app': { title: 'Hello', body: 'It waits', position: 'corner', pages: '/cart /p/*' },
        inbox: { title: 'Hello', body: 'It waits', link: '/cart', expires: 'P7D' },
        widget: { kind: 'bar', body: 'Free delivery', position: 'top', after: 'PT5S' },
      }),
    ).toEqual([]);
  });

  it.each([
    [{ inbox: { title: 'Hello' } }, '/inbox/body'],
    [{ inbox: { title: 'Hello', body: 'x', expires: 'P2Y' } }, '/inbox/expires'],
    [{ 'in-app': { title: 'a', body: 'b', pages: 'cart' } }, '/in-app/pages'],
    [{ 'in-app': { title: 'a', body: 'b', position: 'behind' } }, '/in-app/position'],
    [{ 'in-app': { title: 'a', body: 'b', onclick: 'x' } }, '/in-app/onclick'],
    [{ widget: { kind: 'bar' } }, '/widget/body'],
    [{ widget: { kind: 'block', body: 'b' } }, '/widget/slot'],
    [{ widget: { kind: 'pop-up', body: 'b', slot: 'here' } }, '/widget/slot'],
    [{ widget: { kind: 'form', body: 'b' } }, '/widget/form'],
    [{ widget: { kind: 'pop-up', body: 'b', after: 'PT1H' } }, '/widget/after'],
    [
      { widget: { kind: 'form', body: 'b', form: { submit: 'Go', thanks: 'Thanks' } } },
      '/widget/form',
    ],
  ])('is refused with its place where it is wrong: %j', (content, place) => {
    const faults = faultsOf(content);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(`#/languages/en${place} `);
  });
});
