/** The one way to know the time outside `domain/`; tests pass a clock of their own. Epoch ms. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();
