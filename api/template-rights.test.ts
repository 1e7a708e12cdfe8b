import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import express, { Router } from 'express';
import type { Server } from 'node:http';
import { DomainError } from '#domain/errors.ts';
import { createLogger } from '#platform/logger.ts';
import { createApiKeys, type Scope } from './auth.ts';
import type { AppDeps } from './deps.ts';
import { createProblemHandler } from './problem.ts';
import { mountRoutes } from './route.ts';
import { templatePreviewRoutes } from './routes/template-preview-routes.ts';
import { templateTestRoutes } from './routes/template-test-routes.ts';

const RIGHTS: Record<string, Scope[]> = {
  templates: ['templates:read', 'templates:write'],
  profiles: ['templates:read', 'templates:write', 'profiles:read'],
};

let server: Server;

beforeAll(async () => {
  const keys = createApiKeys(Object.keys(RIGHTS), []).map((key, index) => ({
    ...key,
    scopes: new Set(Object.values(RIGHTS)[index]),
  }));
  // Whoever is let in learns that there is no such template.
  const open = () => Promise.reject(new DomainError('not-found', 'There is none.'));
  const deps = { templates: { open }, testSends: {} } as unknown as AppDeps;
  const router = Router();
  mountRoutes(router, [...templatePreviewRoutes(deps), ...templateTestRoutes(deps)], {
    keys,
    once: (_route, _req, run) => run(),
  });
  const app = express()
    .use(router)
    .use(createProblemHandler(createLogger('api', 'silent')));
  await new Promise<void>((resolve) => {
    server = app.listen(0, () => {
      resolve();
    });
  });
});

afterAll(
  () =>
    new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
    }),
);

async function statusOf(key: string, what: string, body: object): Promise<number> {
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${String(port)}/v1/templates/hi/${what}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return answer.status;
}

describe('a key that may read templates and no customers', () => {
  const to = [{ channel: 'email', address: 'me@shop.example' }];

  it.each([
    ['preview', {}],
    ['tests', { to }],
  ])(
    'tries a template out on nobody (%s), and on a customer only with that right',
    async (what, body) => {
      expect(await statusOf('templates', what, body)).toBe(404);
      const named = { ...body, profile: 'external:42' };
      expect(await statusOf('templates', what, named)).toBe(403);
      expect(await statusOf('profiles', what, named)).toBe(404);
    },
  );

  it('looks over no sample of customers', async () => {
    expect(await statusOf('templates', 'lint', {})).toBe(403);
    expect(await statusOf('profiles', 'lint', {})).toBe(404);
  });
});
