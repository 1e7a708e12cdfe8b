/** What a variant came to in a test: of `sent` people so many did what is counted. */
export interface VariantResult {
  variant: string;
  sent: number;
  opened: number;
  clicked: number;
}

/**
 * The variant the rest gets: the one with the largest share of openings or clicks. Of equals, and
 * where nobody did anything, the one that stands first. Null only without variants.
 */
export function chooseWinner(
  results: readonly VariantResult[],
  by: 'opens' | 'clicks',
): string | null {
  const rate = ({ sent, opened, clicked }: VariantResult): number => {
    const did = by === 'opens' ? opened : clicked;
    return sent === 0 ? 0 : did / sent;
  };
  let best: VariantResult | null = null;
  for (const result of results) {
    if (best === null || rate(result) > rate(best)) best = result;
  }
  return best?.variant ?? null;
}
