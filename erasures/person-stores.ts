import type { Filter } from 'mongodb';

/** What of a document says whose it is. */
export interface PersonDocument {
  _id: string;
  profileId?: string;
  kept?: string;
  merged?: string;
  ownerId?: string;
  claimantId?: string;
  orderId?: string;
  runId?: string;
}

/** A collection with documents of a person, whatever noun it belongs to. */
export interface PersonStore {
  /** The collection's name; also the part of an export that holds its documents. */
  name: string;
  /** The documents of a person who has, or had, these profiles, and of these runs of theirs. */
  of: (profiles: readonly string[], runs: readonly string[]) => Filter<PersonDocument>;
}

const byProfile = (name: string): PersonStore => ({
  name,
  of: (profiles) => ({ profileId: { $in: [...profiles] } }),
});

const byId = (name: string): PersonStore => ({
  name,
  of: (profiles) => ({ _id: { $in: [...profiles] } }),
});

/** A task is its run's customer's, whoever that turned out to be: looked for while runs are there. */
export const TASKS: PersonStore = {
  name: 'tasks',
  of: (profiles, runs) => ({
    $or: [{ profileId: { $in: [...profiles] } }, { runId: { $in: [...runs] } }],
  }),
};

/**
 * Where the documents stand that are a person's and nobody else's, in the order in which they are
 * deleted: what could bring others about goes first. Both halves of a person's rights go by it, so
 * that what they are given is what is erased. `profiles`, `identities` and `runs` are dealt with by
 * themselves. `campaignRecipients` stay, so that a campaign's counts go on adding up: ids and ends, of
 * which the id leads to nobody any more. docs/privacy.md has every place, and test/erasure.test.ts
 * looks into all of them.
 */
export const PERSON_STORES: readonly PersonStore[] = [
  byProfile('webhookDeliveries'),
  byProfile('sends'),
  byProfile('siteMessages'),
  byProfile('messages'),
  TASKS,
  byProfile('events'),
  byProfile('orders'),
  byId('slots'),
  {
    name: 'merges',
    of: (profiles) => ({
      $or: [{ kept: { $in: [...profiles] } }, { merged: { $in: [...profiles] } }],
    }),
  },
  {
    name: 'conflicts',
    of: (profiles) => ({
      $or: [{ ownerId: { $in: [...profiles] } }, { claimantId: { $in: [...profiles] } }],
    }),
  },
  byId('checkpoints'),
  byId('drifts'),
  // What a call that was under way then still wrote.
  byProfile('identities'),
];

/** Codes of vouchers are the shop's and were promised: they stay, and forget whose they are. */
export const VOUCHERS = byProfile('vouchers');

export const RUNS = byProfile('runs');
