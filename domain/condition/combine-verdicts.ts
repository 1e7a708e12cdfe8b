import type { Verdict } from '#domain/condition/verdict.ts';

/**
 * Joins answers with "and" or "or". While "and" holds, the first change of any part may end it;
 * while it fails, it goes on failing until the last of its failing parts may change. "Or" is the
 * mirror image.
 */
export class Combination {
  private readonly neutral: boolean;
  private decided = false;
  private firstFlip: number | null = null;
  private lastFlip: number | null = null;
  private never = false;

  /** `join` is 'all' for "and", 'any' for "or". */
  constructor(join: 'all' | 'any') {
    this.neutral = join === 'all';
  }

  add(part: Verdict): void {
    if (part.holds === this.neutral) {
      if (part.flipsAt !== null && (this.firstFlip === null || part.flipsAt < this.firstFlip)) {
        this.firstFlip = part.flipsAt;
      }
      return;
    }
    this.decided = true;
    if (part.flipsAt === null) this.never = true;
    else if (this.lastFlip === null || part.flipsAt > this.lastFlip) this.lastFlip = part.flipsAt;
  }

  /** True once no further part can change the answer or its instant. */
  get settled(): boolean {
    return this.never;
  }

  result(): Verdict {
    if (!this.decided) return { holds: this.neutral, flipsAt: this.firstFlip };
    return { holds: !this.neutral, flipsAt: this.never ? null : this.lastFlip };
  }
}
