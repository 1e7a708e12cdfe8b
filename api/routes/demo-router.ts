import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Router } from 'express';
import type { AppDeps } from '../deps.ts';

const PAGES = fileURLToPath(new URL('../pages/', import.meta.url));

/** As strict as a policy can be: all that Kairos' script needs is to be loaded and to be answered. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A worker goes by the policy that it came with, not by the page's. */
const WORKER_POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'";

/** The page of a shop with Kairos' script on it, while a sandbox plays the providers. */
export function createDemoRouter({ config }: Pick<AppDeps, 'config'>): Router {
  const router = Router();
  const { KAIROS_SANDBOX_URL: sandbox, KAIROS_BROWSER_KEY: key } = config;
  if (sandbox === undefined || key === undefined) return router;
  router.get(['/demo', '/demo/cart'], async (_req, res) => {
    res.locals.route = '/demo';
    const page = await readFile(`${PAGES}demo.html`, 'utf8');
    res.set('Content-Security-Policy', POLICY).type('html').send(page.replace('{{key}}', key));
  });
  for (const file of ['demo.js', 'demo.css']) {
    router.get(`/demo/${file}`, (_req, res) => {
      res.locals.route = '/demo';
      res.sendFile(file, { root: PAGES });
    });
  }
  // What a shop puts beside its pages to be woken by pushes.
  router.get('/kairos-worker.js', (_req, res) => {
    res.locals.route = '/demo';
    res.set('Content-Security-Policy', WORKER_POLICY);
    res.type('text/javascript').send("importScripts('/sdk/worker.js');\n");
  });
  return router;
}
