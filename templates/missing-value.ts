/** Thrown in the middle of rendering when something the person should have read is not there. */
export class MissingValueError extends Error {
  override readonly name = 'MissingValueError';
  /** What the template asked for, e.g. `profile.first_name`: the template's text, no one's data. */
  readonly path: string;

  constructor(path: string) {
    super('missing value');
    this.path = path;
  }
}

/** Nothing a person could read: absent, blank, an empty list or a sum that came to no number. */
export function isBlank(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value === 'string') return value.trim() === '';
  if (typeof value === 'number') return Number.isNaN(value);
  return Array.isArray(value) && value.length === 0;
}
