import type { Surroundings } from './find-installation.ts';

/** What every command is given: where it runs, and where its words go. */
export interface CommandContext extends Surroundings {
  /** What was typed after the command's name. */
  readonly words: readonly string[];
  readonly say: (line: string) => void;
}

/** Options of commands that read. */
export interface JsonOption {
  json?: boolean;
}

export const JSON_FLAG = ['--json', 'the answer as JSON, for programs'] as const;

/** Help text under the options: examples that work as they stand. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}
