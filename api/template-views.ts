import { z } from 'zod';
import { invalid } from '#domain/errors.ts';
import { isJsonObject } from '#domain/json.ts';
import { CHANNELS } from '#domain/message/message.ts';
import { Template } from '#domain/template/template.ts';
import type { StoredTemplate } from '#platform/documents.ts';
import { TEMPLATE_EXAMPLE } from './examples.ts';
import { withKey } from './route.ts';
import { Instant, iso } from './views.ts';

export const KeyParam = z.object({ key: z.string().max(200) });

/** Something worth a look, which holds nothing back. */
export const Finding = z.object({
  pointer: z.string().describe('Where: a JSON pointer.'),
  detail: z.string(),
});

const PinnedBlocks = z
  .array(z.object({ key: z.string(), version: z.number().int() }))
  .describe('The blocks it holds, in the versions that messages are made of.');

export const TemplateView = Template.extend({
  version: z.number().int().describe('The published version that messages are made of.'),
  revision: z.number().int().describe('The same number; grows with each publish.'),
  blocks: PinnedBlocks,
  links: z
    .array(
      z.object({
        number: z.number().int().describe('As `properties.link` of a click.'),
        language: z.string(),
        channel: z.enum(CHANNELS),
        url: z.string(),
        name: z.string().optional().describe('As `properties.link_name` of a click.'),
      }),
    )
    .describe('Its links, numbered when it was published.'),
  warnings: z.array(Finding).describe('What was worth a look when it was published.'),
  createdAt: Instant,
  updatedAt: Instant.describe('When this version was published.'),
});

export function viewTemplate(stored: StoredTemplate): z.infer<typeof TemplateView> {
  const { template, revision, createdAt, updatedAt } = stored;
  return {
    ...template,
    version: revision,
    revision,
    blocks: stored.expanded?.blocks ?? [],
    links: (stored.links ?? []).map(({ number, language, channel, url, name }) => ({
      ...{ number, language, channel, url },
      ...(name !== undefined && { name }),
    })),
    warnings: stored.warnings ?? [],
    createdAt: iso(createdAt),
    updatedAt: iso(updatedAt),
  };
}

/** A body that is a template: its address gives the key. */
export const templateBody = {
  schema: Template,
  parse: bodyWithKey,
  examples: { 'cart-reminder': TEMPLATE_EXAMPLE },
};

/** The body with the key of its address; it may name no other. @throws DomainError `invalid` */
export function bodyWithKey(input: unknown, params: Record<string, unknown>): unknown {
  const body = withKey(input, params.key);
  if (isJsonObject(body) && body.key !== params.key) {
    throw invalid('The keys differ.', [
      { pointer: '#/key', detail: 'The key must be the one in the address.' },
    ]);
  }
  return body;
}
