import type { NextFunction, Request, Response } from 'express';

/** The browser may keep the answer to a preflight for a day. */
const PREFLIGHT_S = 24 * 60 * 60;

/** For what is called from any page: keys travel in headers or bodies, never in cookies. */
export function allowAnyOrigin(req: Request, res: Response, next: NextFunction): void {
  res.setHeader('Access-Control-Allow-Origin', '*');
  res.setHeader('Access-Control-Expose-Headers', 'Retry-After');
  res.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
  if (req.method !== 'OPTIONS') {
    next();
    return;
  }
  res.setHeader('Access-Control-Allow-Methods', 'GET, POST');
  res.setHeader(
    'Access-Control-Allow-Headers',
    req.get('access-control-request-headers') ?? 'Authorization, Content-Type, Content-Encoding',
  );
  res.setHeader('Access-Control-Max-Age', String(PREFLIGHT_S));
  res.setHeader('Vary', 'Access-Control-Request-Headers');
  res.status(204).end();
}
