import {
  Tag,
  TypeGuards,
  type Context,
  type Liquid,
  type TagToken,
  type TopLevelToken,
} from 'liquidjs';

/** Longest reason in characters: it is read in lists. */
const REASON_MAX = 100;

/** Thrown in the middle of rendering where the marketer says that this person gets no message. */
export class AbortError extends Error {
  override readonly name = 'AbortError';
  /** The marketer's own words, the same for everybody: nothing of the person is in them. */
  readonly why: string;

  constructor(why: string) {
    super('aborted');
    this.why = why;
  }
}

/**
 * `{% abort 'out of stock' %}`: no message, for that reason. The reason is a text between quotes and
 * no value, since it is kept where no personal data may be.
 */
export class AbortTag extends Tag {
  readonly #why: string;

  constructor(token: TagToken, remainTokens: TopLevelToken[], liquid: Liquid) {
    super(token, remainTokens, liquid);
    const value = this.tokenizer.readValue();
    const why = TypeGuards.isQuotedToken(value) ? value.content.trim() : '';
    this.tokenizer.skipBlank();
    if (why === '' || why.length > REASON_MAX || !this.tokenizer.end()) {
      throw new Error(
        `abort takes its reason between quotes, of at most ${String(REASON_MAX)} characters`,
      );
    }
    this.#why = why;
  }

  override render(ctx: Context): void {
    const { trial } = ctx.globals as { trial?: boolean };
    if (trial !== true) throw new AbortError(this.#why);
  }
}
