import { z } from 'zod';
import { DomainError } from '#domain/errors.ts';
import { Template } from '#domain/template/template.ts';
import type {
  StoredTemplateDraft,
  StoredTemplateVersion,
} from '#templates/template-collections.ts';
import type { AppDeps } from '../deps.ts';
import { listOf, pageQuery, pageReply, pageRequest } from '../page.ts';
import { route, type Route } from '../route.ts';
import { Finding, KeyParam, templateBody, TemplateView, viewTemplate } from '../template-views.ts';
import { Instant, iso } from '../views.ts';

const VersionParam = KeyParam.extend({ version: z.coerce.number().int().min(1) });

const VersionView = z.object({
  version: z.number().int(),
  template: Template,
  blocks: z.array(z.object({ key: z.string(), version: z.number().int() })),
  publishedAt: Instant,
  restoredFrom: z.number().int().nullable().describe('The older version taken up again.'),
});

function viewVersion(one: StoredTemplateVersion): z.infer<typeof VersionView> {
  const { version, template, expanded, publishedAt, restoredFrom } = one;
  const blocks = expanded?.blocks ?? [];
  return {
    ...{ version, template, blocks },
    publishedAt: iso(publishedAt),
    restoredFrom: restoredFrom ?? null,
  };
}

const DraftView = z.object({
  template: Template,
  basedOn: z.number().int().describe('The version published when it was begun; 0: none.'),
  createdAt: Instant,
  updatedAt: Instant,
});

function viewDraft(draft: StoredTemplateDraft): z.infer<typeof DraftView> {
  const { template, basedOn, createdAt, updatedAt } = draft;
  return { template, basedOn, createdAt: iso(createdAt), updatedAt: iso(updatedAt) };
}

/** Drafts and versions of templates. */
export function templateVersionRoutes(deps: AppDeps): Route[] {
  return [
    ...draftRoutes(deps),
    listDrafts(deps),
    publishRoute(deps),
    restoreRoute(deps),
    ...versionRoutes(deps),
  ];
}

function draftRoutes({ templates, clock }: AppDeps): Route[] {
  const path = '/v1/templates/{key}/draft';
  return [
    route({
      method: 'put',
      path,
      id: 'putTemplateDraft',
      tag: 'Templates',
      summary: 'Keep a draft that nobody is sent',
      description:
        'Its shape must be right; `faults` are what would keep it from being published. 201 when new.',
      scope: 'templates:write',
      params: KeyParam,
      body: templateBody,
      status: 200,
      reply: DraftView.extend({ faults: z.array(Finding), warnings: z.array(Finding) }),
      async handle({ body }) {
        const { created, draft, faults, warnings } = await templates.saveDraft(body, clock());
        return { body: { ...viewDraft(draft), faults, warnings }, status: created ? 201 : 200 };
      },
    }),
    route({
      method: 'get',
      path,
      id: 'readTemplateDraft',
      tag: 'Templates',
      summary: 'Read a template’s draft',
      scope: 'templates:read',
      params: KeyParam,
      status: 200,
      reply: DraftView,
      errors: ['not-found'],
      async handle({ params }) {
        const draft = await templates.draft(params.key);
        if (draft === null) throw new DomainError('not-found', 'This template has no draft.');
        return { body: viewDraft(draft) };
      },
    }),
    route({
      method: 'delete',
      path,
      id: 'dropTemplateDraft',
      tag: 'Templates',
      summary: 'Throw a draft away; what is published stays',
      scope: 'templates:write',
      params: KeyParam,
      status: 200,
      reply: z.object({ key: z.string() }),
      errors: ['not-found'],
      async handle({ params }) {
        await templates.dropDraft(params.key);
        return { body: { key: params.key } };
      },
    }),
  ];
}

function listDrafts({ templates }: AppDeps): Route {
  return route({
    method: 'get',
    path: '/v1/template-drafts',
    id: 'listTemplateDrafts',
    tag: 'Templates',
    summary: 'List drafts by key',
    scope: 'templates:read',
    query: z.strictObject(pageQuery),
    status: 200,
    reply: listOf(DraftView),
    async handle({ query }) {
      return { body: pageReply(await templates.drafts(pageRequest(query)), viewDraft) };
    },
  });
}

function publishRoute({ templates, clock }: AppDeps): Route {
  return route({
    method: 'post',
    path: '/v1/templates/{key}/publish',
    id: 'publishTemplate',
    tag: 'Templates',
    summary: 'Make the draft the next version',
    description:
      'Without a draft, what is published is published again with its blocks as they are now. Messages of runs under way are made of the new version from the answer on.',
    scope: 'templates:write',
    params: KeyParam,
    status: 200,
    reply: TemplateView,
    errors: ['not-found', 'conflict'],
    idempotent: true,
    async handle({ params }) {
      return { body: viewTemplate(await templates.publish(params.key, clock())) };
    },
  });
}

function restoreRoute({ templates, clock }: AppDeps): Route {
  return route({
    method: 'post',
    path: '/v1/templates/{key}/restore',
    id: 'restoreTemplate',
    tag: 'Templates',
    summary: 'Publish an older version again, exactly as it was',
    description: 'It becomes the next version; a draft stays as it is.',
    scope: 'templates:write',
    params: KeyParam,
    body: { schema: z.strictObject({ version: z.number().int().min(1) }) },
    status: 200,
    reply: TemplateView,
    errors: ['not-found'],
    idempotent: true,
    async handle({ params, body }) {
      return { body: viewTemplate(await templates.restore(params.key, body.version, clock())) };
    },
  });
}

function versionRoutes({ templates }: AppDeps): Route[] {
  return [
    route({
      method: 'get',
      path: '/v1/templates/{key}/versions',
      id: 'listTemplateVersions',
      tag: 'Templates',
      summary: 'List published versions, newest first',
      scope: 'templates:read',
      params: KeyParam,
      query: z.strictObject(pageQuery),
      status: 200,
      reply: listOf(VersionView),
      async handle({ params, query }) {
        const page = await templates.versions(params.key, pageRequest(query));
        return { body: pageReply(page, viewVersion) };
      },
    }),
    route({
      method: 'get',
      path: '/v1/templates/{key}/versions/{version}',
      id: 'readTemplateVersion',
      tag: 'Templates',
      summary: 'Read one published version',
      scope: 'templates:read',
      params: VersionParam,
      status: 200,
      reply: VersionView,
      errors: ['not-found'],
      async handle({ params }) {
        const found = await templates.version(params.key, params.version);
        if (found === null) throw new DomainError('not-found', 'There is no such version.');
        return { body: viewVersion(found) };
      },
    }),
  ];
}
