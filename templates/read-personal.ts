import type { RunEntry } from '#domain/journey/run.ts';
import type { Channel } from '#domain/message/message.ts';
import type { Product } from '#domain/product/product.ts';
import type { Profile } from '#domain/profile/profile.ts';
import type { Recommender } from '#domain/recommendation/recommender.ts';
import { chooseLanguage } from '#domain/template/choose-language.ts';
import {
  personalContent,
  personalLists,
  PRODUCTS_MAX,
  type PersonalLists,
  type ToldOrder,
} from '#domain/template/personal-content.ts';
import type { TemplateScope } from '#domain/template/template-scope.ts';
import type { Clock } from '#platform/clock.ts';
import type { Collections } from '#platform/mongo.ts';
import { languagesOf, type PreparedTemplate } from './prepare-template.ts';

/** Products recommended to one person. */
const RECOMMENDED_MAX = 12;
/** A message does not wait longer for recommendations, in ms: it does without them. */
const RECOMMEND_MS = 500;

export interface PersonalDeps {
  collections: Pick<Collections, 'events'>;
  /** Of the catalogue, by id. */
  products: (ids: readonly string[]) => Promise<ReadonlyMap<string, Product>>;
  recommender: Recommender;
  clock: Clock;
  /** The shop's ISO 4217 currency. */
  currency: string;
}

export interface PersonalAsk {
  template: PreparedTemplate;
  /** In whose language products are named; unset: in any that the template has. */
  channel?: Channel;
  /** As for rendering. */
  languages: readonly (string | null)[];
  profile: Profile;
  entry: RunEntry;
}

export type ReadPersonal = (ask: PersonalAsk) => Promise<Partial<TemplateScope>>;

/**
 * Reads what a template asks for of one person beyond the profile: cart and looks by the catalogue,
 * the latest order, recommendations. A template that asks for none of it costs nothing.
 */
export function createReadPersonal(deps: PersonalDeps): ReadPersonal {
  return async ({ template, channel, languages, profile, entry }) => {
    const { roots } = template;
    if (roots.size === 0) return {};
    const order = roots.has('order') ? await latestOrder(deps, profile._id) : null;
    const input = { profile, entry, order };
    const lists = personalLists(input);
    const recommended = roots.has('recommendations') ? await recommend(deps, profile, lists) : [];
    const ids = new Set([...idsAsked(roots, lists), ...recommended]);
    const products = ids.size === 0 ? new Map<string, Product>() : await deps.products([...ids]);
    const spoken =
      channel === undefined ? [...template.languages.keys()] : languagesOf(template, channel);
    const language = chooseLanguage(spoken, languages) ?? 'en';
    const shelf = { products, recommended, language, currency: deps.currency, now: deps.clock() };
    return personalContent(input, lists, shelf);
  };
}

function idsAsked(roots: PreparedTemplate['roots'], lists: PersonalLists): string[] {
  return (['cart', 'viewed', 'order', 'product'] as const).flatMap((root) =>
    roots.has(root) ? lists[root] : [],
  );
}

async function latestOrder(
  { collections: { events } }: PersonalDeps,
  profileId: string,
): Promise<ToldOrder | null> {
  return events.findOne(
    { profileId, name: 'Order Completed' },
    { sort: { occurredAt: -1 }, projection: { properties: 1, occurredAt: 1 } },
  );
}

/** What they have in the cart, came for or looked at is no recommendation. */
async function recommend(
  { recommender }: PersonalDeps,
  profile: Profile,
  lists: PersonalLists,
): Promise<string[]> {
  const exclude = new Set([...lists.cart, ...lists.product, ...lists.order, ...lists.viewed]);
  const ask = { profileId: profile._id, count: Math.min(RECOMMENDED_MAX, PRODUCTS_MAX), exclude };
  const none = new Promise<string[]>((resolve) => {
    setTimeout(resolve, RECOMMEND_MS, []).unref();
  });
  // A filler that fails leaves the place empty; `{% else %}` or `default` says what stands there.
  return Promise.race([recommender.recommend(ask).catch((): string[] => []), none]);
}
