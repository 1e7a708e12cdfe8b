import { Router, type Request, type Response } from 'express';
import { allowAnyOrigin } from '../any-origin.ts';
import { bundleSdk, SDK_SCRIPTS, type SdkBundle } from './bundle-sdk.ts';

/** A page may run a script of five minutes ago; after that it asks whether there is another. */
const MAX_AGE_S = 300;

/** The script for shops' pages and what it loads. */
export function createSdkRouter(): Router {
  const router = Router();
  for (const file of [...SDK_SCRIPTS, 'kairos.d.ts'] as const) {
    const type = file.endsWith('.js') ? 'text/javascript' : 'text/plain';
    router.get(`/sdk/${file}`, allowAnyOrigin, async (req, res) => {
      give(req, res, { ...(await bundleSdk(file)), type });
    });
  }
  return router;
}

function give(req: Request, res: Response, file: SdkBundle & { type: string }): void {
  res.locals.route = '/sdk/{file}';
  res.setHeader('Cache-Control', `public, max-age=${String(MAX_AGE_S)}`);
  res.setHeader('ETag', file.etag);
  if (req.get('if-none-match') === file.etag) res.status(304).end();
  else res.type(file.type).send(file.text);
}
