import { z } from 'zod';
import { DomainError } from '#domain/errors.ts';
import { Block } from '#domain/template/block.ts';
import type { StoredBlock, StoredBlockVersion } from '#templates/template-collections.ts';
import type { AppDeps } from '../deps.ts';
import { BLOCK_EXAMPLE } from '../examples.ts';
import { listOf, pageQuery, pageReply, pageRequest } from '../page.ts';
import { route, type Route } from '../route.ts';
import { bodyWithKey, KeyParam } from '../template-views.ts';
import { Instant, iso } from '../views.ts';

const BlockView = Block.extend({
  version: z.number().int(),
  createdAt: Instant,
  updatedAt: Instant,
});

function viewBlock({
  block,
  version,
  createdAt,
  updatedAt,
}: StoredBlock): z.infer<typeof BlockView> {
  return { ...block, version, createdAt: iso(createdAt), updatedAt: iso(updatedAt) };
}

const BlockVersionView = z.object({ version: z.number().int(), block: Block, storedAt: Instant });

function viewVersion(one: StoredBlockVersion): z.infer<typeof BlockVersionView> {
  const { version, block, storedAt } = one;
  return { version, block, storedAt: iso(storedAt) };
}

const UsedBy = z
  .array(
    z.object({
      template: z.string(),
      version: z.number().int().describe('The version of the block that it holds.'),
    }),
  )
  .describe('Published templates that hold it; publishing one again gives it the newest version.');

/** Pieces of content that many templates hold: `{% block 'footer' %}`. */
export function blockRoutes(deps: AppDeps): Route[] {
  return [listBlocks(deps), readBlock(deps), putBlock(deps), listVersions(deps)];
}

function listBlocks({ blocks }: AppDeps): Route {
  return route({
    method: 'get',
    path: '/v1/blocks',
    id: 'listBlocks',
    tag: 'Blocks',
    summary: 'List blocks by key',
    scope: 'templates:read',
    query: z.strictObject(pageQuery),
    status: 200,
    reply: listOf(BlockView),
    async handle({ query }) {
      return { body: pageReply(await blocks.list(pageRequest(query)), viewBlock) };
    },
  });
}

function readBlock({ blocks }: AppDeps): Route {
  return route({
    method: 'get',
    path: '/v1/blocks/{key}',
    id: 'readBlock',
    tag: 'Blocks',
    summary: 'Read one block, and which templates hold it',
    scope: 'templates:read',
    params: KeyParam,
    status: 200,
    reply: BlockView.extend({ usedBy: UsedBy }),
    errors: ['not-found'],
    async handle({ params }) {
      const stored = await blocks.find(params.key);
      if (stored === null) throw new DomainError('not-found', 'There is no block with this key.');
      return { body: { ...viewBlock(stored), usedBy: await blocks.usedBy(params.key) } };
    },
  });
}

function putBlock({ blocks, clock }: AppDeps): Route {
  return route({
    method: 'put',
    path: '/v1/blocks/{key}',
    id: 'putBlock',
    tag: 'Blocks',
    summary: 'Make a block, or its next version',
    description:
      'Templates that are published keep the version they hold until they are published again. 201 when new.',
    scope: 'templates:write',
    params: KeyParam,
    body: {
      schema: Block,
      parse: bodyWithKey,
      examples: { footer: BLOCK_EXAMPLE },
    },
    status: 200,
    reply: BlockView,
    async handle({ body }) {
      const { created, stored } = await blocks.put(body, clock());
      return { body: viewBlock(stored), status: created ? 201 : 200 };
    },
  });
}

function listVersions({ blocks }: AppDeps): Route {
  return route({
    method: 'get',
    path: '/v1/blocks/{key}/versions',
    id: 'listBlockVersions',
    tag: 'Blocks',
    summary: 'List a block’s versions, newest first',
    scope: 'templates:read',
    params: KeyParam,
    query: z.strictObject(pageQuery),
    status: 200,
    reply: listOf(BlockVersionView),
    async handle({ params, query }) {
      const page = await blocks.versions(params.key, pageRequest(query));
      return { body: pageReply(page, viewVersion) };
    },
  });
}
