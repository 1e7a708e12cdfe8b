import { z } from 'zod';

/** `vip`, `cart-over-100`: as with journeys, so that a key can stand in a URL and a file name. */
export const SegmentKey = z
  .string()
  .max(64, 'A key may have at most 64 characters.')
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, {
    error: 'A key is small letters, digits and single dashes, such as lapsed-buyers.',
  });
