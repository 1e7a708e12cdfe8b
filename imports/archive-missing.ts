import { DomainError } from '#domain/errors.ts';
import type { ImportPlan } from '#domain/import/import-plan.ts';
import type { ProductSaid } from '#domain/product/product.ts';
import type { StoredImport } from './import-document.ts';
import type { ImportPorts } from './import-ports.ts';
import { SeenIds } from './seen-ids.ts';
import type { Table } from './table.ts';

/** Products looked at, and archived, at once. */
const PRODUCTS_AT_ONCE = 500;
/**
 * A file that lacks more than this share of the catalogue broke off somewhere before it came here;
 * of a handful nobody can tell.
 */
const SHARE_MAX = 0.5;
const HANDFUL = 10;

interface Archiving {
  ports: Pick<ImportPorts, 'listProducts' | 'putProducts' | 'clock' | 'tools'>;
  made: Pick<StoredImport, 'createdAt' | 'dryRun'>;
  plan: ImportPlan;
  table: Table;
  /** Called at least every few seconds. @throws where the import is to be left. */
  alive: () => Promise<void>;
}

/**
 * Archives the products that a whole feed does not name; answers how many, or would be. Rows that
 * were refused name theirs all the same, and what was made since the feed was sent is left alone. A
 * repeat after a crash archives what is left. @throws DomainError where too much is missing.
 */
export async function archiveMissing(archiving: Archiving): Promise<number> {
  const { ports, made, alive } = archiving;
  const seen = await idsIn(archiving);
  const missing = async function* (): AsyncGenerator<{ ids: string[]; of: number }> {
    let after: string | null = null;
    for (;;) {
      const page = await ports.listProducts(after, PRODUCTS_AT_ONCE);
      await alive();
      const ids = page.filter(({ id, createdAt }) => createdAt < made.createdAt && !seen.has(id));
      yield { ids: ids.map(({ id }) => id), of: page.length };
      after = page.at(-1)?.id ?? null;
      if (page.length < PRODUCTS_AT_ONCE) return;
    }
  };
  let [count, all] = [0, 0];
  for await (const { ids, of } of missing()) [count, all] = [count + ids.length, all + of];
  if (count > HANDFUL && count > all * SHARE_MAX) {
    throw new DomainError(
      'conflict',
      `The file lacks ${String(count)} of ${String(all)} products, more than half: none was archived. What its rows say is in.`,
    );
  }
  if (made.dryRun || count === 0) return count;
  for await (const { ids } of missing()) {
    if (ids.length > 0) await ports.putProducts(ids.map(archived), ports.clock());
  }
  return count;
}

async function idsIn({ plan, table, ports, alive }: Archiving): Promise<SeenIds> {
  const seen = new SeenIds(ports.tools.hash);
  const index = plan.fields.product_id?.index ?? null;
  for await (const rows of table.rows(0)) {
    for (const { cells } of rows) {
      const id = index === null ? null : (cells[index] ?? null);
      if (typeof id === 'string' || typeof id === 'number') seen.add(String(id).trim());
    }
    await alive();
  }
  return seen;
}

function archived(id: string): ProductSaid {
  return { id, language: null, texts: {}, facts: {}, attributes: {}, isArchived: true };
}
