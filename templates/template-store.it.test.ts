import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DomainError, type Fault } from '#domain/errors.ts';
import type { TemplateScope } from '#domain/template/template-scope.ts';
import { ensureIndexes } from '#platform/mongo-indexes.ts';
import { connectMongo, type Mongo } from '#platform/mongo.ts';
import { createBlockStore, type BlockStore } from './block-store.ts';
import { createLoadTemplate } from './load-template.ts';
import { renderMessage } from './render-message.ts';
import { createStoreTemplate } from './store-template.ts';
import { ensureTemplateIndexes } from './template-collections.ts';
import { createTemplateStore, type TemplateStore } from './template-store.ts';

let mongo: Mongo;
let store: TemplateStore;
let blocks: BlockStore;

beforeAll(async () => {
  mongo = await connectMongo(process.env.KAIROS_TEST_MONGODB_URI ?? '', 'kairos-template-store');
  await mongo.db.dropDatabase();
  await Promise.all([ensureIndexes(mongo.collections), ensureTemplateIndexes(mongo.db)]);
  store = createTemplateStore(mongo);
  blocks = createBlockStore(mongo);
});

beforeEach(async () => {
  await Promise.all((await mongo.db.collections()).map((one) => one.deleteMany({})));
});

afterAll(async () => {
  await mongo.db.dropDatabase();
  await mongo.close();
});

const scope: TemplateScope = {
  profile: { first_name: 'Ann' },
  entry: { properties: {} },
  event: null,
  context: {},
  links: { unsubscribe: 'https://kairos.example/u' },
};

const sms = (text: string, language = 'en') => ({
  key: 'greeting',
  languages: { [language]: { sms: { text } } },
});
const block = (key: string, text: string) => ({ key, languages: { en: { text } } });
const list = { limit: 10, after: null };

/** What somebody is sent now. */
async function sent(key = 'greeting'): Promise<unknown> {
  const template = await createLoadTemplate(mongo)(key);
  if (template === null) return null;
  const rendered = renderMessage({ template, channel: 'sms', languages: [], scope });
  return 'content' in rendered && rendered.content.channel === 'sms'
    ? rendered.content.text
    : rendered;
}

async function faultsOf(work: Promise<unknown>): Promise<readonly Fault[]> {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof DomainError) return error.faults;
  throw error instanceof Error ? error : new Error('it was taken');
}

describe('versions of a template', () => {
  it('are made by publishing a draft, which nobody is sent before', async () => {
    const saved = await store.saveDraft(sms('One'), 1);
    expect(saved).toMatchObject({ created: true, draft: { basedOn: 0 }, faults: [] });
    expect(await sent()).toBeNull();
    expect((await store.publish('greeting', 2)).revision).toBe(1);
    expect(await sent()).toBe('One');
    expect(await store.draft('greeting')).toBeNull();
    await store.saveDraft(sms('Two'), 3);
    expect(await sent()).toBe('One');
    expect(await store.draft('greeting')).toMatchObject({ basedOn: 1 });
    await store.publish('greeting', 4);
    expect(await sent()).toBe('Two');
    const versions = await store.versions('greeting', list);
    expect(versions.rows).toMatchObject([
      { version: 2, publishedAt: 4 },
      { version: 1, publishedAt: 2, template: sms('One') },
    ]);
  });

  it('come back exactly as they were, as a version of their own', async () => {
    await blocks.put(block('bye', 'Bye'), 1);
    const put = createStoreTemplate(mongo);
    await put(sms("One. {% block 'bye' %}"), 1);
    await put(sms('Two'), 2);
    await blocks.put(block('bye', 'Farewell'), 3);
    expect(await store.restore('greeting', 1, 4)).toMatchObject({ revision: 3 });
    expect(await sent()).toBe('One. Bye');
    expect(await store.version('greeting', 3)).toMatchObject({ restoredFrom: 1, publishedAt: 4 });
    await expect(store.restore('greeting', 9, 5)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('are not made of a draft with faults, which may be kept all the same', async () => {
    const { faults } = await store.saveDraft(sms('{{ prfile.name }}'), 1);
    expect(faults).toMatchObject([{ pointer: '#/languages/en/sms/text' }]);
    expect(await faultsOf(store.publish('greeting', 2))).toEqual(faults);
    expect(await sent()).toBeNull();
    expect(await store.draft('greeting')).not.toBeNull();
  });

  it('tell two who publish one draft at once apart, and lose neither’s change', async () => {
    await store.saveDraft(sms('One'), 1);
    const both = await Promise.allSettled([
      store.publish('greeting', 2),
      store.publish('greeting', 2),
    ]);
    const made = both.filter(({ status }) => status === 'fulfilled').length;
    const { rows } = await store.versions('greeting', list);
    // The later one found no draft to take away, or what was published by then.
    expect(rows).toHaveLength(made);
    expect(await sent()).toBe('One');
  });

  it('reach back to a template of before there were versions', async () => {
    const template = { ...sms('Old'), kind: 'marketing' as const };
    await mongo.collections.templates.insertOne({
      ...{ _id: 'greeting', template, html: {}, revision: 7, createdAt: 1, updatedAt: 1 },
    });
    expect((await store.versions('greeting', list)).rows).toMatchObject([{ version: 7 }]);
    await createStoreTemplate(mongo)(sms('New'), 2);
    expect((await store.versions('greeting', list)).rows).toMatchObject([
      { version: 8 },
      { version: 7 },
    ]);
    await store.restore('greeting', 7, 3);
    expect(await sent()).toBe('Old');
  });
});

describe('blocks', () => {
  it('stay in the version they were published in, until the template is published again', async () => {
    await blocks.put(block('name', "{{ profile.first_name | default: 'you' }}"), 1);
    await blocks.put(block('bye', "Bye, {% block 'name' %}!"), 1);
    const { stored } = await createStoreTemplate(mongo)(sms("Hi. {% block 'bye' %}"), 2);
    expect(stored.expanded?.blocks).toEqual([
      { key: 'bye', version: 1 },
      { key: 'name', version: 1 },
    ]);
    expect(await sent()).toBe('Hi. Bye, Ann!');
    await blocks.put(block('name', 'everybody'), 3);
    expect(await sent()).toBe('Hi. Bye, Ann!');
    expect(await blocks.usedBy('name')).toEqual([{ template: 'greeting', version: 1 }]);
    await store.publish('greeting', 4);
    expect(await sent()).toBe('Hi. Bye, everybody!');
    expect(await blocks.usedBy('name')).toEqual([{ template: 'greeting', version: 2 }]);
    expect((await blocks.versions('name', list)).rows.map(({ version }) => version)).toEqual([
      2, 1,
    ]);
  });

  it('are refused where one would hold itself, and stay as they were', async () => {
    await blocks.put(block('one', "1 {% block 'two' %}"), 1);
    await blocks.put(block('two', '2'), 1);
    expect(await faultsOf(blocks.put(block('two', "2 {% block 'one' %}"), 2))).toEqual([
      {
        pointer: '#/languages/en/text',
        detail: 'A block may not hold itself: “two” holds “one” holds “two”.',
      },
    ]);
    expect(await blocks.find('two')).toMatchObject({ version: 1 });
    expect(await faultsOf(blocks.put(block('three', '{{ 1 | shout }}'), 2))).toMatchObject([
      { detail: expect.stringContaining('no filter “shout”') },
    ]);
  });

  it('that are missing, or wrong where they stand, keep a template from being published', async () => {
    const put = createStoreTemplate(mongo);
    expect(await faultsOf(put(sms("{% block 'none' %}"), 1))).toMatchObject([
      { pointer: '#/languages/en/sms/text', detail: expect.stringContaining('no block “none”') },
    ]);
    await blocks.put(block('item', '{{ item.name }}'), 1);
    expect(await faultsOf(put(sms("{% block 'item' %}"), 2))).toMatchObject([
      { detail: expect.stringContaining('“item” is not known') },
    ]);
    const loop = "{% for item in profile.cart %}{% block 'item' %}{% else %}nothing{% endfor %}";
    await put(sms(loop), 3);
    expect(await sent()).toBe('nothing');
  });

  it('may be sections of MJML', async () => {
    const mjml = (words: string): string =>
      `<mj-section><mj-column><mj-text>${words}</mj-text></mj-column></mj-section>`;
    await blocks.put({ key: 'footer', languages: { en: { mjml: mjml('The shop') } } }, 1);
    const email = {
      subject: 'Hi',
      mjml: `<mjml><mj-body>${mjml('Hello')}{% block 'footer' %}</mj-body></mjml>`,
    };
    const { stored } = await createStoreTemplate(mongo)(
      { key: 'greeting', languages: { en: { email } } },
      2,
    );
    expect(stored.html.en).toMatch(/Hello[\s\S]*The shop/);
    expect(stored.template.languages.en?.email?.mjml).toContain("{% block 'footer' %}");
  });
});

describe('names that nobody has', () => {
  it('are warnings with the nearest word, and hold nothing back', async () => {
    await mongo.db
      .collection<{ _id: string }>('profiles')
      .insertOne({ _id: 'p', ...{ attributes: { shoe_size: 38 } } });
    await mongo.db
      .collection<{ _id: string }>('events')
      .insertOne({ _id: 'e', ...{ properties: { colour: 'red' } } });
    const text =
      '{{ profile.shoe_sise }} {{ profile.shoe_size }} {{ event.properties.color }} {{ event.properties.colour }} {% for line in profile.cart %}{{ line.pirce }}{% else %}-{% endfor %}';
    const { stored } = await createStoreTemplate(mongo)(sms(text), 1);
    expect(stored.revision).toBe(1);
    expect(
      stored.warnings?.map(({ detail }) => /Did you mean "(.*)"/.exec(detail)?.[1]).sort(),
    ).toEqual(['colour', 'price', 'shoe_size']);
  });
});
