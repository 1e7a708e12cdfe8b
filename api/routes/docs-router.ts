import { fileURLToPath } from 'node:url';
import { Router } from 'express';

/** The package's one file for browsers; its own entry points are for bundlers. */
const SCALAR = fileURLToPath(
  new URL('../../node_modules/@scalar/api-reference/dist/browser/standalone.js', import.meta.url),
);
const PAGES = fileURLToPath(new URL('../pages/', import.meta.url));

/** The reference draws its styles itself; scripts and data come from here and nowhere else. */
const DOCS_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const ASSETS = ['docs.js', 'docs.css', 'plain.css', 'icon.svg'];

/** The description of this API, for programs (`/openapi.json`) and for people (`/docs`). */
export function createDocsRouter(openapi: object): Router {
  const router = Router();
  const description = JSON.stringify(openapi);
  router.get('/', (_req, res) => {
    res.redirect(302, '/docs');
  });
  router.get('/openapi.json', (_req, res) => {
    res.locals.route = '/openapi.json';
    res.set('Access-Control-Allow-Origin', '*').type('application/json').send(description);
  });
  router.get('/docs', (_req, res) => {
    res.locals.route = '/docs';
    res.set('Content-Security-Policy', DOCS_POLICY);
    res.sendFile('docs.html', { root: PAGES });
  });
  router.get('/favicon.ico', (_req, res) => {
    res.redirect(301, '/assets/icon.svg');
  });
  router.get('/assets/scalar.js', (_req, res) => {
    res.locals.route = '/assets/{file}';
    res.sendFile(SCALAR, { maxAge: '1h' });
  });
  for (const file of ASSETS) {
    router.get(`/assets/${file}`, (_req, res) => {
      res.locals.route = '/assets/{file}';
      res.sendFile(file, { root: PAGES, maxAge: '1h' });
    });
  }
  return router;
}
