import type { Page, PageRequest } from '#domain/page.ts';
import type { Source } from '#domain/source/source.ts';
import type { Preview } from '#sources/preview-source.ts';
import type { PullStore } from '#sources/pull-store.ts';
import type { StoredPull, StoredSource } from '#sources/source-document.ts';
import type { SourceStore } from '#sources/source-store.ts';

/** What the API does with sources. Whatever is changed is durable before Temporal is told. */
export interface SourcesPort {
  /** @throws DomainError `invalid` without its connection, `unavailable` where it is stored but not told */
  put(key: string, source: Source): Promise<{ stored: StoredSource; created: boolean }>;
  remove(key: string): Promise<void>;
  /** Pulls now; `anew`: from the first row on. */
  pull(key: string, anew: boolean): Promise<void>;
  /** The first rows, and what the map makes of them; nothing is taken. */
  preview(source: Source): Promise<Preview>;
  read: SourceStore['read'];
  list(request: PageRequest): Promise<Page<StoredSource>>;
  pulls: Pick<PullStore, 'find' | 'list'>;
  nextPullAt(key: string): Promise<number | null>;
  /** The pull under way; null: none. */
  running(key: string): Promise<StoredPull | null>;
}
