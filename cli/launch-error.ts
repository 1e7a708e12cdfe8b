/** A start that cannot go on, told in a sentence with a way out; printed without a stack. */
export class LaunchError extends Error {
  override readonly name = 'LaunchError';
}
