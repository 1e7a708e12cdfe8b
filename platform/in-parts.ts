/**
 * Bytes, roughly, of earlier events that one look back may hold where it is about several
 * customers: a quarter of a process that is given 512 MB has room for two such at once.
 */
export const LOOK_BACK_BYTES_MAX = 64 * 1024 * 1024;

/** What is needed for so many at once is more than may be held: fewer at once may do. */
export class TooMuchToHold extends Error {
  constructor() {
    super('These have more earlier events than can be looked at together: look at fewer at once.');
  }
}

/**
 * Does something with all of these at once or, where what it needs is too much to hold, with halves
 * of them one after the other. One by itself is given no bound.
 */
export async function inParts<Item, Result>(
  items: readonly Item[],
  does: (part: readonly Item[], bytesMax: number) => Promise<Result>,
  bytesMax = LOOK_BACK_BYTES_MAX,
): Promise<Result[]> {
  try {
    return [await does(items, items.length > 1 ? bytesMax : Infinity)];
  } catch (error) {
    if (!(error instanceof TooMuchToHold) || items.length < 2) throw error;
  }
  const half = Math.ceil(items.length / 2);
  return [
    ...(await inParts(items.slice(0, half), does, bytesMax)),
    ...(await inParts(items.slice(half), does, bytesMax)),
  ];
}
