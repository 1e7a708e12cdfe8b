import { invalid, type Fault } from '#domain/errors.ts';
import { pageOf, type Page, type PageRequest } from '#domain/page.ts';
import { BLOCK_FORMS, parseBlock, type Block } from '#domain/template/block.ts';
import {
  BLOCKS_DEEP_MAX,
  blocksIn,
  expandBlocks,
  withoutBlocks,
} from '#domain/template/expand-blocks.ts';
import { templatePointer } from '#domain/template/template.ts';
import { audited } from '#platform/audit.ts';
import type { Mongo } from '#platform/mongo.ts';
import type { Session } from '#platform/transaction.ts';
import { checkSyntax } from './check-liquid.ts';
import { htmlEngine, textEngine } from './liquid-engine.ts';
import {
  templateCollections,
  type StoredBlock,
  type StoredBlockVersion,
  type TemplateCollections,
} from './template-collections.ts';

/** Pieces of content by key, each with all its versions. */
export interface BlockStore {
  /** Makes the next version of a block. @throws DomainError `invalid` with every fault */
  put(input: unknown, at: number): Promise<{ created: boolean; stored: StoredBlock }>;
  find(key: string): Promise<StoredBlock | null>;
  list(request: PageRequest): Promise<Page<StoredBlock>>;
  versions(key: string, request: PageRequest): Promise<Page<StoredBlockVersion>>;
  /** Published templates that hold it, directly or within another, with the version they hold. */
  usedBy(key: string): Promise<{ template: string; version: number }[]>;
}

/** Templates named as users of one block; a block in more is everywhere. */
const USED_BY_MAX = 500;

export function createBlockStore(mongo: Pick<Mongo, 'client' | 'collections' | 'db'>): BlockStore {
  const c = templateCollections(mongo.db);
  return {
    async put(input, at) {
      const block = parseBlock(input);
      const faults = [...syntaxFaults(block), ...(await circleFaults(c, block))];
      if (faults.length > 0) throw invalid('The block is not valid.', faults);
      return audited(mongo, async (session) => {
        const before = await c.blocks.findOne({ _id: block.key }, { session });
        const stored = await write(c, { block, at }, session);
        const said = { at, what: 'blockStored', ids: { block: block.key } } as const;
        const deed = { ...said, before: before?.block ?? null, after: block };
        return { result: { created: stored.version === 1, stored }, deed };
      });
    },
    find: (key) => c.blocks.findOne({ _id: key }),
    async list({ limit, after }) {
      const read = await c.blocks
        .find(after === null ? {} : { _id: { $gt: after.id } })
        .sort({ _id: 1 })
        .limit(limit + 1)
        .toArray();
      return pageOf(read, limit, ({ _id }) => ({ at: 0, id: _id }));
    },
    async versions(key, { limit, after }) {
      const read = await c.blockVersions
        .find({ key, ...(after === null ? {} : { version: { $lt: after.at } }) })
        .sort({ version: -1 })
        .limit(limit + 1)
        .toArray();
      return pageOf(read, limit, ({ _id, version }) => ({ at: version, id: _id }));
    },
    async usedBy(key) {
      const found = await mongo.collections.templates
        .find({ 'expanded.blocks.key': key })
        .project<{ _id: string; expanded: { blocks: { key: string; version: number }[] } }>({
          'expanded.blocks': 1,
        })
        .sort({ _id: 1 })
        .limit(USED_BY_MAX)
        .toArray();
      return found.flatMap(({ _id: template, expanded }) =>
        expanded.blocks
          .filter((one) => one.key === key)
          .map(({ version }) => ({ template, version })),
      );
    },
  };
}

async function write(
  { blocks, blockVersions }: TemplateCollections,
  { block, at }: { block: Block; at: number },
  session: Session,
): Promise<StoredBlock> {
  const { key } = block;
  const stored = await blocks.findOneAndUpdate(
    { _id: key },
    { $set: { block, updatedAt: at }, $inc: { version: 1 }, $setOnInsert: { createdAt: at } },
    { upsert: true, returnDocument: 'after', session },
  );
  if (stored === null) throw new Error('an upsert returned no document');
  const { version } = stored;
  await blockVersions.insertOne(
    { _id: `${key}@${String(version)}`, key, version, block, storedAt: at },
    { session },
  );
  return stored;
}

/** The blocks of these keys and those within them, as they are now; unknown ones are left out. */
export async function readBlocks(
  { blocks }: Pick<TemplateCollections, 'blocks'>,
  keys: readonly string[],
  session?: Session,
): Promise<Map<string, StoredBlock>> {
  const found = new Map<string, StoredBlock>();
  const asked = new Set<string>();
  let wanted = [...new Set(keys)];
  for (let depth = 0; wanted.length > 0 && depth < BLOCKS_DEEP_MAX; depth += 1) {
    for (const key of wanted) asked.add(key);
    const read = await blocks
      .find({ _id: { $in: wanted } }, session === undefined ? {} : { session })
      .toArray();
    for (const one of read) found.set(one._id, one);
    wanted = [...new Set(read.flatMap(({ block }) => keysWithin(block)))].filter(
      (key) => !asked.has(key),
    );
  }
  return found;
}

function keysWithin({ languages }: Block): string[] {
  return Object.values(languages).flatMap((content) =>
    BLOCK_FORMS.flatMap((form) => blocksIn(content[form] ?? '')),
  );
}

function textsOf({ languages }: Block) {
  return Object.entries(languages).flatMap(([language, content]) =>
    BLOCK_FORMS.flatMap((form) => {
      const text = content[form];
      const pointer = templatePointer(['languages', language, form]);
      return text === undefined ? [] : [{ language, form, text, pointer }];
    }),
  );
}

/** What a block asks for is judged in the templates that hold it; here only whether it is Liquid. */
function syntaxFaults(block: Block): Fault[] {
  return textsOf(block).flatMap(({ form, text, pointer }) => {
    const engine = form === 'text' ? textEngine : htmlEngine;
    return checkSyntax(withoutBlocks(text), engine).map((detail) => ({ pointer, detail }));
  });
}

/** Whether a block would hold itself once it is stored. What is not there yet may come later. */
async function circleFaults(c: TemplateCollections, block: Block): Promise<Fault[]> {
  const known = await readBlocks(c, keysWithin(block));
  const blocks = new Map([...known].map(([key, stored]) => [key, stored.block]));
  blocks.set(block.key, block);
  return textsOf(block).flatMap(({ language, form, pointer }) => {
    const { faults, missing } = expandBlocks(
      `{% block '${block.key}' %}`,
      { form, language },
      blocks,
    );
    return faults
      .filter((detail) => !missing.includes(detail))
      .map((detail) => ({ pointer, detail }));
  });
}
