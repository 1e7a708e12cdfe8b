import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WholeKairos } from './support/whole-kairos.ts';

interface Deed {
  id: string;
  at: string;
  who: string;
  what: string;
  ids: Record<string, string>;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}
interface Page {
  data: Deed[];
  next: string | null;
}

const JOURNEY = {
  key: 'welcome',
  name: 'Welcome',
  entry: { event: 'Signed Up' },
  start: 'leave',
  steps: { leave: { end: 'done' } },
};

let kairos: WholeKairos;
beforeAll(async () => {
  kairos = await WholeKairos.start('audit');
}, 120_000);
afterAll(() => kairos.stop());

const audit = (query: string): Promise<Page> => kairos.call<Page>('GET', `/v1/audit?${query}`);
const kinds = ({ data }: Page): string[] => data.map(({ what }) => what);

describe('the audit', () => {
  it('tells of every change of a definition what it was before and after, once', async () => {
    await kairos.call('POST', '/v1/journeys', JOURNEY);
    await kairos.call('PUT', '/v1/journeys/welcome', JOURNEY);
    await kairos.call('PUT', '/v1/journeys/welcome', { ...JOURNEY, name: 'Hello' });
    await kairos.call('POST', '/v1/journeys/welcome/publish');
    for (const order of ['pause', 'pause', 'resume', 'stop']) {
      await kairos.call('POST', `/v1/journeys/welcome/${order}`);
    }
    const page = await audit('id=welcome');
    expect(kinds(page)).toEqual([
      'journeyStopped',
      'journeyResumed',
      'journeyPaused',
      'journeyPublished',
      'journeyStored',
      'journeyStored',
    ]);
    const [stopped, , , published, changed, made] = page.data;
    expect(made).toMatchObject({ who: 'admin', before: null, after: { name: 'Welcome' } });
    expect(changed).toMatchObject({ before: { name: 'Welcome' }, after: { name: 'Hello' } });
    expect(published).toMatchObject({
      before: { status: 'draft', version: 0 },
      after: { status: 'live', version: 1, definition: { name: 'Hello' } },
    });
    expect(stopped).toMatchObject({ before: { status: 'live' }, after: { status: 'stopped' } });
  });

  it('says nothing of a change that was refused', async () => {
    await expect(kairos.call('POST', '/v1/journeys', JOURNEY)).rejects.toThrow('409');
    await kairos.call('PUT', '/v1/journeys/mail', {
      ...{ ...JOURNEY, key: 'mail', start: 'write' },
      steps: {
        write: { send: { template: 'missing', channel: 'email' }, next: 'leave' },
        leave: { end: 'done' },
      },
    });
    await expect(kairos.call('POST', '/v1/journeys/mail/publish')).rejects.toThrow('422');
    expect(kinds(await audit('id=mail'))).toEqual(['journeyStored']);
    expect(kinds(await audit('id=welcome&what=journeyStored'))).toHaveLength(2);
  });

  it('tells of segments, templates and keys', async () => {
    const condition = { attribute: 'city', is: 'Lviv' };
    await kairos.call('PUT', '/v1/segments/lviv', { name: 'Lviv', condition });
    await kairos.call('DELETE', '/v1/segments/lviv');
    expect((await audit('id=lviv')).data).toMatchObject([
      { what: 'segmentDeleted', before: { condition }, after: null },
      { what: 'segmentStored', before: null, after: { condition } },
    ]);
    const text = (words: string): object => ({ languages: { en: { sms: { text: words } } } });
    await kairos.call('PUT', '/v1/templates/note', text('Hi'));
    const html = `<p>${'x'.repeat(70_000)}</p>`;
    const long = { languages: { en: { email: { subject: 'Hi', html, text: 'Hi' } } } };
    await kairos.call('PUT', '/v1/templates/note', long);
    expect((await audit('id=note')).data).toMatchObject([
      { before: { key: 'note' }, after: { characters: expect.any(Number) } },
      { before: null, after: text('Hi') },
    ]);
    const keys = await audit('what=keysChanged');
    expect(keys.data).toMatchObject([{ who: 'kairos', before: null }]);
    expect(JSON.stringify(keys)).not.toContain('admin-key-of-whole-kairos');
  });

  it('is read page by page, by kind, actor and time', async () => {
    const all = await audit('limit=1000');
    const ids: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Page = await audit(`limit=2&cursor=${cursor}`);
      ids.push(...page.data.map(({ id }) => id));
      cursor = page.next;
    }
    expect(ids).toEqual(all.data.map(({ id }) => id));
    expect(kinds(await audit('who=kairos'))).toEqual(['keysChanged']);
    const [latest] = all.data;
    const since = new Date(Date.parse(latest?.at ?? '') + 1).toISOString();
    expect((await audit(`since=${since}`)).data).toEqual([]);
    await expect(audit('what=nothing')).rejects.toThrow('422');
  });
});
