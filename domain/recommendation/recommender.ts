/** For whom, and what is not to be among it. */
export interface RecommendAsk {
  profileId: string;
  /** At most so many. */
  count: number;
  /** Products by id that they have seen enough of: those in the cart, those just bought. */
  exclude: ReadonlySet<string>;
}

/**
 * What knows which products somebody may like: ids, the best first, of products that are sold and
 * can be had. Fewer, or none, where it knows no more. Messages do without it when it fails.
 */
export interface Recommender {
  recommend(ask: RecommendAsk): Promise<string[]>;
}
