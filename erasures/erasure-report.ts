import type { StoredErasure } from '#platform/erasure-documents.ts';
import { PERSON_STORES, RUNS, VOUCHERS } from './person-stores.ts';

/** What was done to erase somebody, as it is signed: numbers and ids that lead to nobody. */
export interface ErasureReport {
  id: string;
  status: StoredErasure['status'];
  /** ISO 8601, as all instants here. */
  requestedAt: string;
  completedAt: string | null;
  /** When it was looked again for what calls and files then under way had still brought. */
  lookedAgainAt: string | null;
  /** The ids of the profiles that are empty now. */
  profiles: string[];
  /** Documents deleted, by collection; 0: there were none. */
  deleted: Record<string, number>;
  /** Documents that stay without the person, by collection. */
  cut: Record<string, number>;
  /** Executions of workflows whose histories were deleted in Temporal. */
  workflowHistories: number;
  kept: StoredErasure['kept'];
  /** Segments whose conditions name the person: for the shop to change. */
  namedIn: { segments: string[] };
  /** Imports still being read that were under way when it was asked for. */
  importsUnderWay: string[];
}

export function reportOf(erasure: StoredErasure): ErasureReport {
  const { _id: id, status, requestedAt, completedAt, lookedAgainAt, profiles } = erasure;
  const none = Object.fromEntries([RUNS, ...PERSON_STORES].map(({ name }) => [name, 0]));
  return {
    ...{ id, status, profiles },
    requestedAt: new Date(requestedAt).toISOString(),
    completedAt: isoOrNull(completedAt),
    lookedAgainAt: isoOrNull(lookedAgainAt),
    deleted: { ...none, ...erasure.deleted },
    cut: { [VOUCHERS.name]: 0, ...erasure.cut },
    workflowHistories: erasure.histories.length,
    kept: erasure.kept,
    namedIn: { segments: erasure.namedIn },
    importsUnderWay: erasure.imports,
  };
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
