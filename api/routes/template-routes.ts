import { z } from 'zod';
import { DomainError } from '#domain/errors.ts';
import { pageOf } from '#domain/page.ts';
import type { AppDeps } from '../deps.ts';
import { listOf, pageQuery, pageReply, pageRequest } from '../page.ts';
import { route, type Route } from '../route.ts';
import { KeyParam, templateBody, TemplateView, viewTemplate } from '../template-views.ts';

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
            viewTemplate,
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
        return { body: viewTemplate(stored) };
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
    summary: 'Make or change a template and publish it',
    description:
      'Liquid, MJML and blocks are checked now, so that nobody gets a broken message; messages rendered after the answer are made of it. `warnings` name what nobody has so far. 201 when new.',
    scope: 'templates:write',
    params: KeyParam,
    body: templateBody,
    status: 200,
    reply: TemplateView,
    async handle({ body }) {
      const { created, stored } = await deps.storeTemplate(body, deps.clock());
      return { body: viewTemplate(stored), status: created ? 201 : 200 };
    },
  });
}
