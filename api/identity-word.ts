import { z } from 'zod';

/** Longest identity: an e-mail address of 254 characters with its kind, and room to spare. */
export const Identity = z
  .string()
  .min(1)
  .max(512)
  .describe('`external:42`, `email:a@b.example`, `phone:+44…`, or the profile’s id.')
  .meta({ examples: ['email:a@b.example'] });
