import type { StoredEvent } from '#domain/event/event.ts';
import type { AttributeSources, Profile } from '#domain/profile/profile.ts';

/** Begins the source of what a file said; its import's id follows. */
const IMPORT = 'import:';

/**
 * Who said what an event says: the kind of key it came with (`server`, `browser`, `admin`), or the
 * import it was a row of, as `import:<id>`.
 */
export function sourceOf({ source, context }: Pick<StoredEvent, 'source' | 'context'>): string {
  const { import: importId } = context ?? {};
  return typeof importId === 'string' ? `${IMPORT}${importId}` : source;
}

/** Who said one attribute; null: nobody knows any more. */
export function attributeSource({ attributeSources: known }: Profile, name: string): string | null {
  if (known === undefined) return null;
  return (Object.hasOwn(known.others, name) ? known.others[name] : known.most) ?? null;
}

/** The sources of a profile once `source` has said these attributes. */
export function withSource(
  profile: Profile,
  names: readonly string[],
  source: string | null,
): AttributeSources {
  const known = profile.attributeSources ?? {
    // Of what was said before this was kept, nobody knows who said it.
    most: Object.keys(profile.attributeTimes).length === 0 ? source : null,
    others: {},
  };
  if (source === known.most && !names.some((name) => Object.hasOwn(known.others, name))) {
    return known;
  }
  const others = { ...known.others };
  for (const name of names) {
    if (source === known.most) Reflect.deleteProperty(others, name);
    else others[name] = source;
  }
  return { most: known.most, others };
}

/** The sources of `keep` once it has taken these attributes over from `other`. */
export function joinSources(
  keep: Profile,
  other: Profile,
  names: readonly string[],
): Pick<Profile, 'attributeSources'> {
  let joined = keep;
  for (const name of names) {
    const attributeSources = withSource(joined, [name], attributeSource(other, name));
    joined = { ...joined, attributeSources };
  }
  const { attributeSources } = joined;
  return attributeSources === undefined ? {} : { attributeSources };
}
