import { Router } from 'express';
import { DomainError } from '#domain/errors.ts';
import { createScrapeCheck } from '#platform/metrics/scrape-key.ts';
import type { AppDeps } from '../deps.ts';
import { refuseMethod } from '../route.ts';

/** `GET /metrics` in Prometheus' text format, for holders of the metrics key or the admin key. */
export function createMetricsRouter({ config, metrics }: AppDeps): Router {
  const router = Router();
  const mayScrape = createScrapeCheck([
    config.KAIROS_METRICS_KEY,
    config.KAIROS_ADMIN_KEY,
    ...config.KAIROS_ADMIN_KEY_PREVIOUS,
  ]);
  router.get('/metrics', async (req, res) => {
    res.locals.route = '/metrics';
    if (!mayScrape(req.get('authorization'))) {
      throw new DomainError(
        'unauthenticated',
        'Send the metrics key or the admin key as `Authorization: Bearer KEY`.',
      );
    }
    const text = await metrics.registry.metrics();
    res.set('Cache-Control', 'no-store').type(metrics.registry.contentType).send(text);
  });
  router.all('/metrics', refuseMethod(['GET', 'HEAD']));
  return router;
}
