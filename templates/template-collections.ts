import type { Collection, Db } from 'mongodb';
import type { CarriedChannel } from '#domain/message/message.ts';
import type { Block } from '#domain/template/block.ts';
import type { Template } from '#domain/template/template.ts';
import type { StoredTemplate } from '#platform/documents.ts';

/** A template as it was published once; never changed. */
export interface StoredTemplateVersion extends Pick<
  StoredTemplate,
  'template' | 'html' | 'expanded' | 'links'
> {
  /** `<template>@<version>` */
  _id: string;
  key: string;
  version: number;
  /** Epoch ms. */
  publishedAt: number;
  /** The older version that was taken up again. */
  restoredFrom?: number;
}

/** What a marketer is at work on: nobody is sent it. */
export interface StoredTemplateDraft {
  /** The template's key. */
  _id: string;
  template: Template;
  /** The version that was published when it was begun; 0: none. */
  basedOn: number;
  /** Grows with each change. */
  revision: number;
  createdAt: number;
  updatedAt: number;
}

/** A block as it is now. */
export interface StoredBlock {
  _id: string;
  block: Block;
  version: number;
  createdAt: number;
  updatedAt: number;
}

/** A block as it was; never changed. */
export interface StoredBlockVersion {
  /** `<block>@<version>` */
  _id: string;
  key: string;
  version: number;
  block: Block;
  storedAt: number;
}

/** One message that somebody sent to see it: no customer's, so it stands in no ledger. */
export interface StoredTestSend {
  /** `test-…`: also the message's id at the provider, by which nobody takes it for a customer's. */
  _id: string;
  template: string;
  version: 'published' | 'draft' | number;
  channel: CarriedChannel;
  provider: string;
  language: string;
  /** Hash of the address: the address itself is kept nowhere. */
  addressHash: string;
  /** `sending` stands where the process ended in the middle of it. */
  status: 'sending' | 'accepted' | 'refused' | 'unsure';
  /** The provider's refusal, as a code. */
  reason: string | null;
  providerId: string | null;
  /** Epoch ms. */
  at: number;
  /** TTL index. */
  expiresAt: Date;
}

/** Everything about templates beside what is published (platform/mongo.ts). */
export interface TemplateCollections {
  versions: Collection<StoredTemplateVersion>;
  drafts: Collection<StoredTemplateDraft>;
  blocks: Collection<StoredBlock>;
  blockVersions: Collection<StoredBlockVersion>;
  testSends: Collection<StoredTestSend>;
}

export function templateCollections(db: Db): TemplateCollections {
  return {
    versions: db.collection('templateVersions'),
    drafts: db.collection('templateDrafts'),
    blocks: db.collection('blocks'),
    blockVersions: db.collection('blockVersions'),
    testSends: db.collection('testSends'),
  };
}

/** The indexes of the same, safely repeatable. */
export async function ensureTemplateIndexes(db: Db): Promise<void> {
  const { versions, blockVersions, testSends } = templateCollections(db);
  await Promise.all([
    versions.createIndex({ key: 1, version: -1 }),
    blockVersions.createIndex({ key: 1, version: -1 }),
    testSends.createIndex({ template: 1, at: -1, _id: -1 }),
    testSends.createIndex({ expiresAt: 1 }, { expireAfterSeconds: 0 }, {}),
    // Which templates hold a block.
    db
      .collection<StoredTemplate>('templates')
      .createIndex({ 'expanded.blocks.key': 1, _id: 1 }, { sparse: true }, {}),
  ]);
}
