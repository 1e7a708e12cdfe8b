/**
 * Which of a template's languages a person gets. Each wish is tried in its order: exactly
 * (`pt-BR`), then its base (`pt`), then another region of the same base (`pt-PT`); without a match
 * the first language the marketer wrote. Case does not matter. Null when there is no language.
 */
export function chooseLanguage(
  available: readonly string[],
  wishes: readonly (string | null | undefined)[],
): string | null {
  for (const wish of wishes) {
    if (wish === null || wish === undefined || wish === '') continue;
    const found = match(available, wish.toLowerCase().replaceAll('_', '-'));
    if (found !== undefined) return found;
  }
  return available[0] ?? null;
}

function match(available: readonly string[], wish: string): string | undefined {
  const base = baseOf(wish);
  return (
    available.find((language) => language.toLowerCase() === wish) ??
    available.find((language) => language.toLowerCase() === base) ??
    available.find((language) => baseOf(language.toLowerCase()) === base)
  );
}

function baseOf(language: string): string {
  return language.split('-')[0] ?? language;
}
