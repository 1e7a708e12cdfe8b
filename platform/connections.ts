import { z } from 'zod';
import { readConnection, type Connection } from '#domain/webhook/connection.ts';

/** Whom webhooks of journeys call with a proof of who calls, by name. */
export type Connections = ReadonlyMap<string, Connection>;

/**
 * `loyalty=https://loyalty.shop.example whsec_… X-Api-Key:VALUE TOKEN`, several by commas. A fault
 * never repeats what stands there.
 */
export const ConnectionsSetting = z
  .string()
  .default('')
  .transform((text) => text.split(',').flatMap((one) => one.trim() || []))
  .refine((all) => all.every((one) => readConnection(one) !== null), {
    message:
      'must be NAME=ORIGIN followed by a whsec_ secret, a NAME:VALUE header or a bearer token, by commas',
  })
  .transform((all) => all.flatMap((one) => readConnection(one) ?? []))
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
    message: 'must name each connection once',
  })
  .transform((all): Connections => new Map(all.map((one) => [one.name, one])));
