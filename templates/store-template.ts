import { invalid, type Fault } from '#domain/errors.ts';
import { blocksOfTemplate } from '#domain/template/expand-template.ts';
import { parseTemplate, type Template } from '#domain/template/template.ts';
import type { StoredTemplate } from '#platform/documents.ts';
import { audited } from '#platform/audit.ts';
import type { Mongo } from '#platform/mongo.ts';
import type { Session } from '#platform/transaction.ts';
import { readBlocks } from './block-store.ts';
import { checkTemplate } from './check-template.ts';
import { findLinks } from './find-links.ts';
import { linkWarnings } from './link-warnings.ts';
import { createSeeNames, type SeeNames } from './seen-names.ts';
import { templateCollections, type TemplateCollections } from './template-collections.ts';

export type StoreTemplateDeps = Pick<Mongo, 'client' | 'collections' | 'db'>;

/** What messages are made of: everything of a version but its number. */
export type Compiled = Pick<StoredTemplate, 'template' | 'html' | 'expanded' | 'links'>;

export interface Looked {
  compiled: Compiled;
  faults: Fault[];
  /** Names nobody has, blocks in another language: nothing that holds a template back. */
  warnings: Fault[];
}

/** Looks at a template as it would be published now, with the blocks as they are now. */
export function createLookAtTemplate(
  mongo: Pick<Mongo, 'collections' | 'db'>,
  seeNames: SeeNames = createSeeNames(mongo),
): (template: Template) => Promise<Looked> {
  const c = templateCollections(mongo.db);
  return async (template) => {
    const keys = blocksOfTemplate(template);
    const [stored, seen] = await Promise.all([readBlocks(c, keys), seeNames()]);
    const blocks = new Map([...stored].map(([key, { block }]) => [key, block]));
    const checked = await checkTemplate(template, blocks, seen);
    const { html, languages, used, faults } = checked;
    const warnings = [...checked.warnings, ...linkWarnings(template, languages, html)];
    const pinned = used.map((key) => ({ key, version: stored.get(key)?.version ?? 0 }));
    const compiled: Compiled = {
      ...{ template, html, links: findLinks(languages, html) },
      ...(used.length === 0 ? {} : { expanded: { languages, blocks: pinned } }),
    };
    return { compiled, faults, warnings };
  };
}

/**
 * Makes or changes a template: the next version, of which messages are made from the answer on.
 * Everything that does not depend on a person is checked here: shape, blocks, Liquid, MJML. `at` is
 * epoch ms. Throws the DomainError `invalid` with all faults; nothing is stored then.
 */
export function createStoreTemplate(mongo: StoreTemplateDeps) {
  const look = createLookAtTemplate(mongo);
  return async (
    input: unknown,
    at: number,
  ): Promise<{ created: boolean; stored: StoredTemplate }> => {
    const { compiled, faults, warnings } = await look(parseTemplate(input));
    refuseFaults(faults);
    const stored = await publishVersion(mongo, { compiled, warnings, at });
    return { created: stored.revision === 1, stored };
  };
}

/** @throws DomainError `invalid` with the faults, where there are any */
export function refuseFaults(faults: readonly Fault[]): void {
  if (faults.length > 0) throw invalid('The template is not valid.', faults);
}

interface ToPublish {
  compiled: Compiled;
  warnings: Fault[];
  /** Epoch ms. */
  at: number;
  restoredFrom?: number;
}

/** Writes the next version, and `also` what belongs to it, both or neither. */
export async function publishVersion(
  mongo: StoreTemplateDeps,
  { compiled, warnings, at, restoredFrom }: ToPublish,
  also: (session: Session) => Promise<void> = () => Promise.resolve(),
): Promise<StoredTemplate> {
  const { templates } = mongo.collections;
  const { versions } = templateCollections(mongo.db);
  const { template, html, expanded, links = [] } = compiled;
  const { key } = template;
  return audited(mongo, async (session) => {
    const before = await templates.findOne({ _id: key }, { session });
    if (before !== null) await keepVersion(versions, before, session);
    const stored = await templates.findOneAndUpdate(
      { _id: key },
      {
        $set: { template, html, links, warnings, updatedAt: at, ...(expanded && { expanded }) },
        ...(expanded === undefined ? { $unset: { expanded: true as const } } : {}),
        $inc: { revision: 1 },
        $setOnInsert: { createdAt: at },
      },
      { upsert: true, returnDocument: 'after', session },
    );
    if (stored === null) throw new Error('an upsert returned no document');
    await keepVersion(versions, stored, session, restoredFrom);
    await also(session);
    const said = { at, what: 'templateStored', ids: { template: key } } as const;
    const deed = { ...said, before: before?.template ?? null, after: template };
    return { result: stored, deed };
  });
}

/** A version is written once; of templates older than versions, when the next one comes. */
async function keepVersion(
  versions: TemplateCollections['versions'],
  { _id: key, template, html, expanded, links, revision: version, updatedAt }: StoredTemplate,
  session: Session,
  restoredFrom?: number,
): Promise<void> {
  await versions.updateOne(
    { _id: `${key}@${String(version)}` },
    {
      $setOnInsert: {
        ...{ key, version, template, html, publishedAt: updatedAt },
        ...(expanded && { expanded }),
        ...(links && { links }),
        ...(restoredFrom !== undefined && { restoredFrom }),
      },
    },
    { upsert: true, session },
  );
}
