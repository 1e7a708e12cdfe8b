import { Router } from 'express';
import { reportKeys } from '#platform/sign-report.ts';
import { linkSecrets } from '#platform/signed-link.ts';
import type { AppDeps } from '../deps.ts';

const PATH = '/.well-known/jwks.json';
/** Seconds: so soon after a change of the secret whoever kept the answer knows the new key. */
const KEPT_S = 300;

/**
 * The keys that reports are checked with, of the secret in force and of all before it: open to
 * everybody, as a report is shown to people who have no key of the shop's.
 */
export function createReportKeysRouter({ config }: Pick<AppDeps, 'config'>): Router {
  const router = Router();
  const body = JSON.stringify({ keys: reportKeys(linkSecrets(config).known) });
  router.get(PATH, (_req, res) => {
    res.locals.route = PATH;
    res.set('Access-Control-Allow-Origin', '*');
    res.set('Cache-Control', `public, max-age=${String(KEPT_S)}`);
    res.type('application/jwk-set+json').send(body);
  });
  return router;
}
