import type { Request } from 'express';

/** A host as browsers send it: a name or an address, and maybe a port. */
const HOST = /^(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?$/i;

/**
 * What Segment's browser library asks for when it boots: one integration, Kairos itself, at the
 * address by which the page reached us. Its own metrics are switched off, for they would go to
 * Segment by default.
 */
export function bootSettings(req: Request, writeKey: string): unknown {
  const host = req.get('host') ?? '';
  const apiHost = `${HOST.test(host) ? host : 'localhost'}/v1`;
  const { protocol } = req;
  return {
    integrations: {
      'Segment.io': {
        apiKey: writeKey,
        apiHost,
        protocol,
        retryQueue: true,
        addBundledMetadata: true,
        unbundledIntegrations: [],
        maybeBundledConfigIds: {},
        versionSettings: { version: '4.4.7', componentTypes: ['browser'] },
      },
    },
    plan: { track: { __default: { enabled: true } }, identify: { __default: { enabled: true } } },
    edgeFunction: {},
    analyticsNextEnabled: true,
    middlewareSettings: {},
    enabledMiddleware: {},
    metrics: { sampleRate: 0, host: apiHost, protocol },
    legacyVideoPluginsEnabled: false,
    remotePlugins: [],
  };
}
