import { z } from 'zod';
import { DomainError, invalid } from '#domain/errors.ts';
import { isJsonObject } from '#domain/json.ts';
import { pageOf } from '#domain/page.ts';
import { Template } from '#domain/template/template.ts';
import type { StoredTemplate } from '#platform/documents.ts';
import type { AppDeps } from '../deps.ts';
import { TEMPLATE_EXAMPLE } from '../examples.ts';
import { listOf, pageQuery, pageReply, pageRequest } from '../page.ts';
import { route, withKey, type Route } from '../route.ts';
import { Instant, iso } from '../views.ts';

const KeyParam = z.object({ key: z.string().max(200) });

const TemplateView = Template.extend({
  revision: z.number().int().describe('Grows with each change.'),
  createdAt: Instant,
  updatedAt: Instant,
});

function view({
  template,
  revision,
  createdAt,
  updatedAt,
}: StoredTemplate): z.infer<typeof TemplateView> {
  return { ...template, revision, createdAt: iso(createdAt), updatedAt: iso(updatedAt) };
}

/** What a template is checked for beyond its shape (Liquid, MJML) is said by the store operation. */
function readBody(input: unknown, params: Record<string, unknown>): unknown {
  const body = withKey(input, params.key);
  if (isJsonObject(body) && body.key !== params.key) {
    throw invalid('The keys differ.', [
      { pointer: '#/key', detail: 'The key must be the one in the address.' },
    ]);
  }
  return body;
}

export function templateRoutes(deps: AppDeps): Route[] {
  const { templates } = deps.mongo.collections;
  return [
    route({
      method: 'get',
      path: '/v1/templates',
      id: 'listTemplates',
      tag: 'Templates',
      summary: 'List templates by key',
      scope: 'templates:read',
      query: z.strictObject(pageQuery),
      status: 200,
      reply: listOf(TemplateView),
      async handle({ query }) {
        const { limit, after } = pageRequest(query);
        const read = await templates
          .find(after === null ? {} : { _id: { $gt: after.id } })
          .sort({ _id: 1 })
          .limit(limit + 1)
          .toArray();
        return {
          body: pageReply(
            pageOf(read, limit, ({ _id }) => ({ at: 0, id: _id })),
            view,
          ),
        };
      },
    }),
    route({
      method: 'get',
      path: '/v1/templates/{key}',
      id: 'readTemplate',
      tag: 'Templates',
      summary: 'Read one template',
      scope: 'templates:read',
      params: KeyParam,
      status: 200,
      reply: TemplateView,
      errors: ['not-found'],
      async handle({ params }) {
        const stored = await templates.findOne({ _id: params.key });
        if (stored === null) {
          throw new DomainError('not-found', 'There is no template with this key.');
        }
        return { body: view(stored) };
      },
    }),
    putTemplate(deps),
  ];
}

function putTemplate(deps: AppDeps): Route {
  return route({
    method: 'put',
    path: '/v1/templates/{key}',
    id: 'putTemplate',
    tag: 'Templates',
    summary: 'Make or change a template',
    description:
      'Liquid and MJML are checked now, so that nobody gets a broken message. 201 when new.',
    scope: 'templates:write',
    params: KeyParam,
    body: {
      schema: Template,
      parse: readBody,
      examples: { 'cart-reminder': TEMPLATE_EXAMPLE },
    },
    status: 200,
    reply: TemplateView,
    async handle({ body }) {
      const { created, stored } = await deps.storeTemplate(body, deps.clock());
      return { body: view(stored), status: created ? 201 : 200 };
    },
  });
}
