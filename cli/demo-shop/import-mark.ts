import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const Mark = z.object({ lastDay: z.iso.date() });

/**
 * The file that stands in a data folder while its demo shop is not all there. It keeps the day on
 * which the shop's year ends, so that a start on another day goes on with the same dates.
 */
export class ImportMark {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  get isThere(): boolean {
    return existsSync(this.#file);
  }

  /** The day an earlier start began with; null when none did. */
  read(): string | null {
    try {
      return Mark.parse(JSON.parse(readFileSync(this.#file, 'utf8'))).lastDay;
    } catch {
      // Made by the launcher and still empty: nothing was sent before the day was written.
      return null;
    }
  }

  /** Written beside and moved into place: a crash leaves the old or the new one. */
  write(lastDay: string): void {
    writeFileSync(`${this.#file}.new`, JSON.stringify({ lastDay }));
    renameSync(`${this.#file}.new`, this.#file);
  }

  remove(): void {
    rmSync(this.#file, { force: true });
  }
}
