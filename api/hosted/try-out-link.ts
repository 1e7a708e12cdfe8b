/** Stands where the token of a link to leave would, in messages that only are tried out. */
export const TRY_OUT_TOKEN = 'preview';

/** Stands before what a test says, so that nobody takes it for the real one. */
export const TEST_MARK = '[Test] ';

/** Link of messages that only are tried out: it is answered, and takes nobody off. */
export function tryOutLink(publicUrl: string): string {
  return `${publicUrl.replace(/\/+$/, '')}/v1/unsubscribe/${TRY_OUT_TOKEN}`;
}
