/** What the command's exit says to a script. */
export const EXIT = {
  done: 0,
  /** It worked, and the answer is bad news: not ready, nobody known, a run that does not replay. */
  badNews: 1,
  /** The command line cannot be understood. */
  usage: 2,
  /** Kairos or Temporal was not reached, or did not let us in. */
  unreachable: 3,
} as const;

/** An end that the person at the terminal can do something about: printed without a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.badNews) {
    super(message);
    this.exitCode = exitCode;
  }
}
