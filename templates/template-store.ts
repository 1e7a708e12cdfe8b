import { DomainError, type Fault } from '#domain/errors.ts';
import { pageOf, type Page, type PageRequest } from '#domain/page.ts';
import { parseTemplate } from '#domain/template/template.ts';
import type { StoredTemplate } from '#platform/documents.ts';
import { findLinks } from './find-links.ts';
import { prepareTemplate, type PreparedTemplate } from './prepare-template.ts';
import {
  createLookAtTemplate,
  publishVersion,
  refuseFaults,
  type StoreTemplateDeps,
} from './store-template.ts';
import {
  templateCollections,
  type StoredTemplateDraft,
  type StoredTemplateVersion,
  type TemplateCollections,
} from './template-collections.ts';

/** A draft, and what would keep it from being published. */
export interface SavedDraft {
  created: boolean;
  draft: StoredTemplateDraft;
  faults: Fault[];
  warnings: Fault[];
}

/** Drafts and versions of templates. What is published is read from `collections.templates`. */
export interface TemplateStore {
  /** Keeps a draft; nobody is sent it. Its shape must be right, its content need not yet be. */
  saveDraft(input: unknown, at: number): Promise<SavedDraft>;
  draft(key: string): Promise<StoredTemplateDraft | null>;
  drafts(request: PageRequest): Promise<Page<StoredTemplateDraft>>;
  /** @throws DomainError `not-found` */
  dropDraft(key: string): Promise<void>;
  /**
   * Publishes the draft; without one, what is published again, with the blocks as they are now.
   * @throws DomainError `not-found`, `invalid`, `conflict` when the draft was changed meanwhile
   */
  publish(key: string, at: number): Promise<StoredTemplate>;
  /** Publishes an older version again exactly as it was, its blocks too. @throws DomainError `not-found` */
  restore(key: string, version: number, at: number): Promise<StoredTemplate>;
  version(key: string, version: number): Promise<StoredTemplateVersion | null>;
  /** One that can be tried out. @throws DomainError `not-found`, `invalid` for a draft with faults */
  open(key: string, which: Which): Promise<PreparedTemplate>;
  versions(key: string, request: PageRequest): Promise<Page<StoredTemplateVersion>>;
}

/** Of a template: what messages are made of, what is being worked at, or an older version. */
export type Which = 'published' | 'draft' | number;

export function createTemplateStore(mongo: StoreTemplateDeps): TemplateStore {
  const c = templateCollections(mongo.db);
  const parts = { mongo, c, look: createLookAtTemplate(mongo) };
  return { ...draftPart(parts), ...versionPart(parts) };
}

interface Parts {
  mongo: StoreTemplateDeps;
  c: TemplateCollections;
  look: ReturnType<typeof createLookAtTemplate>;
}

type DraftPart = Pick<TemplateStore, 'saveDraft' | 'draft' | 'drafts' | 'dropDraft' | 'publish'>;

function draftPart({ mongo, c, look }: Parts): DraftPart {
  const { templates } = mongo.collections;
  return {
    async saveDraft(input, at) {
      const template = parseTemplate(input);
      const { key } = template;
      const live = await templates.findOne({ _id: key }, { projection: { revision: 1 } });
      const draft = await c.drafts.findOneAndUpdate(
        { _id: key },
        {
          $set: { template, updatedAt: at },
          $inc: { revision: 1 },
          $setOnInsert: { createdAt: at, basedOn: live?.revision ?? 0 },
        },
        { upsert: true, returnDocument: 'after' },
      );
      if (draft === null) throw new Error('an upsert returned no document');
      const { faults, warnings } = await look(template);
      return { created: draft.revision === 1, draft, faults, warnings };
    },
    draft: (key) => c.drafts.findOne({ _id: key }),
    async drafts({ limit, after }) {
      const read = await c.drafts
        .find(after === null ? {} : { _id: { $gt: after.id } })
        .sort({ _id: 1 })
        .limit(limit + 1)
        .toArray();
      return pageOf(read, limit, ({ _id }) => ({ at: 0, id: _id }));
    },
    async dropDraft(key) {
      const { deletedCount } = await c.drafts.deleteOne({ _id: key });
      if (deletedCount === 0) throw noSuch('draft of a template');
    },
    async publish(key, at) {
      const draft = await c.drafts.findOne({ _id: key });
      const source = draft ?? (await templates.findOne({ _id: key }));
      if (source === null) throw noSuch('template');
      const { compiled, faults, warnings } = await look(source.template);
      refuseFaults(faults);
      return publishVersion(mongo, { compiled, warnings, at }, async (session) => {
        if (draft === null) return;
        const { revision } = draft;
        const { deletedCount } = await c.drafts.deleteOne({ _id: key, revision }, { session });
        if (deletedCount === 0) throw changedMeanwhile();
      });
    },
  };
}

function versionPart({ mongo, c, look }: Parts): Omit<TemplateStore, keyof DraftPart> {
  const { templates } = mongo.collections;
  const versionOf: TemplateStore['version'] = async (key, version) => {
    const kept = await c.versions.findOne({ _id: `${key}@${String(version)}` });
    if (kept !== null) return kept;
    const live = await templates.findOne({ _id: key, revision: version });
    return live === null ? null : asVersion(live);
  };
  return {
    version: versionOf,
    async restore(key, version, at) {
      const found = await versionOf(key, version);
      if (found === null) throw noSuch('version of a template');
      const { template, html, expanded } = found;
      // Found anew: what was published before links were tracked has them from now on.
      const links = findLinks(expanded?.languages ?? template.languages, html);
      const compiled = { template, html, links, ...(expanded && { expanded }) };
      return publishVersion(mongo, { compiled, warnings: [], at, restoredFrom: version });
    },
    async open(key, which) {
      if (which === 'draft') {
        const draft = await c.drafts.findOne({ _id: key });
        if (draft === null) throw noSuch('draft of a template');
        const { compiled, faults } = await look(draft.template);
        refuseFaults(faults);
        return prepareTemplate({ ...compiled, revision: 0 });
      }
      const live = which === 'published' ? await templates.findOne({ _id: key }) : null;
      const found = which === 'published' ? live && asVersion(live) : await versionOf(key, which);
      if (found === null) throw noSuch(which === 'published' ? 'published template' : 'version');
      return prepareTemplate({ ...found, revision: found.version });
    },
    async versions(key, { limit, after }) {
      const read = await c.versions
        .find({ key, ...(after === null ? {} : { version: { $lt: after.at } }) })
        .sort({ version: -1 })
        .limit(limit + 1)
        .toArray();
      const isFirst = read.length === 0 && after === null;
      const live = isFirst ? await templates.findOne({ _id: key }) : null;
      const known = live === null ? read : [asVersion(live)];
      return pageOf(known, limit, ({ _id, version }) => ({ at: version, id: _id }));
    },
  };
}

/** A template of before there were versions, as the version that it is. */
function asVersion(live: StoredTemplate): StoredTemplateVersion {
  const { _id: key, template, html, expanded, links, revision: version, updatedAt } = live;
  return {
    _id: `${key}@${String(version)}`,
    ...{ key, version, template, html, publishedAt: updatedAt },
    ...(expanded && { expanded }),
    ...(links && { links }),
  };
}

function noSuch(what: string): DomainError {
  return new DomainError('not-found', `There is no such ${what}.`);
}

function changedMeanwhile(): DomainError {
  return new DomainError(
    'conflict',
    'The draft was changed while it was being published: look at it and publish again.',
  );
}
