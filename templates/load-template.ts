import { readById } from '#platform/coalesce-reads.ts';
import type { StoredTemplate } from '#platform/documents.ts';
import type { Collections } from '#platform/mongo.ts';
import { prepareTemplate, type PreparedTemplate } from './prepare-template.ts';

/** Parsed templates kept in memory; each is some tens of KB per language. */
const PREPARED_MAX = 200;

export interface LoadTemplateDeps {
  collections: Pick<Collections, 'templates'>;
}

export type LoadTemplate = (key: string) => Promise<PreparedTemplate | null>;

/**
 * Finds a template ready to render; null if there is none. Its revision is read each time, one
 * small find by key, so content is never stale; parsing happens once per revision.
 */
export function createLoadTemplate({ collections }: LoadTemplateDeps): LoadTemplate {
  const readHead: (key: string) => Promise<Pick<StoredTemplate, 'revision'> | null> = readById(
    collections.templates,
    { projection: { revision: 1 } },
  );
  const prepared = new Map<string, PreparedTemplate>();
  return async (key) => {
    const head = await readHead(key);
    if (head === null) return null;
    const known = prepared.get(key);
    if (known?.revision === head.revision) {
      // A Map keeps the order of insertion, so the one not used for longest stands first.
      prepared.delete(key);
      prepared.set(key, known);
      return known;
    }
    const stored = await collections.templates.findOne({ _id: key });
    if (stored === null) return null;
    const fresh = prepareTemplate(stored);
    prepared.set(key, fresh);
    const oldest = prepared.keys().next();
    if (prepared.size > PREPARED_MAX && oldest.done !== true) prepared.delete(oldest.value);
    return fresh;
  };
}
