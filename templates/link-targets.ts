import type { TemplateLink } from '#domain/template/template-links.ts';
import type { Mongo } from '#platform/mongo.ts';
import { templateCollections } from './template-collections.ts';

/** Versions whose links are kept in memory; each is some KB, and they never change. */
const VERSIONS_MAX = 500;

/** A link of a version (`cart-reminder@3`) by its number; null: there is no such link. */
export type FindLink = (version: string, number: number) => Promise<TemplateLink | null>;

export function createFindLink({ db }: Pick<Mongo, 'db'>): FindLink {
  const { versions } = templateCollections(db);
  const known = new Map<string, ReadonlyMap<number, TemplateLink>>();
  return async (version, number) => {
    const kept = known.get(version);
    if (kept !== undefined) return kept.get(number) ?? null;
    const found = await versions.findOne({ _id: version }, { projection: { links: 1 } });
    if (found === null) return null;
    const links = new Map((found.links ?? []).map((link) => [link.number, link] as const));
    const oldest = known.keys().next();
    if (known.size >= VERSIONS_MAX && oldest.done !== true) known.delete(oldest.value);
    known.set(version, links);
    return links.get(number) ?? null;
  };
}
