/** Signs by which spreadsheets know a formula: OWASP's list, with the full-width forms of Asian keyboards. */
const SIGN = '[=+\\-@\\t\\r\\n\uFF1D\uFF0B\uFF0D\uFF20]';
/** Text that would be run, and text that looks as if it had been marked already. */
const RUNS = new RegExp(`^'*${SIGN}`);
const MARKED = new RegExp(`^'+${SIGN}`);
/** A sign and figures alone, as of a phone number or an amount: nothing can be run by it. */
const HARMLESS = /^[+-]\d{1,30}(?:[.,]\d{1,30})?$/;

/**
 * The text with an apostrophe in front where a spreadsheet would run it as a formula. Phone numbers
 * and amounts stay as they are. `withoutMark` gives exactly the text back, whatever it was.
 */
export function withMark(text: string): string {
  return RUNS.test(text) && !HARMLESS.test(text) ? `'${text}` : text;
}

/** The text without the apostrophe that kept a spreadsheet from running it. */
export function withoutMark(text: string): string {
  return MARKED.test(text) ? text.slice(1) : text;
}
