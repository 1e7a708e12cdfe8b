import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly timeoutMs: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
}

export interface Finished {
  /** The exit code; undefined when it could not start, ran out of time or was ended by a signal. */
  readonly code: number | undefined;
  /** What it wrote to both outputs, the last part of it. */
  readonly output: string;
}

/** Enough of an output to explain a failure without keeping a whole build log in memory. */
const OUTPUT_MAX_CHARS = 20_000;

/** Runs a command to its end and keeps what it said. Never throws: a command that is not there ends without a code. */
export function runCommand(
  command: string,
  args: readonly string[],
  { timeoutMs, env, cwd, signal }: CommandOptions,
): Promise<Finished> {
  return new Promise((resolve) => {
    let output = '';
    const keep = (chunk: string): void => {
      output = (output + chunk).slice(-OUTPUT_MAX_CHARS);
    };
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGINT',
      ...(env === undefined ? {} : { env }),
      ...(cwd === undefined ? {} : { cwd }),
      ...(signal === undefined ? {} : { signal }),
    });
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.on('error', (error) => {
      resolve({ code: undefined, output: `${output}${error.message}` });
    });
    child.on('close', (code) => {
      resolve({ code: code ?? undefined, output });
    });
  });
}

/** The last line that says something. */
export function lastLine(output: string): string {
  return output.trim().split('\n').at(-1)?.trim() ?? '';
}

/** Long enough for a cause, short enough for a list of causes. */
const REASON_MAX_CHARS = 200;

/** What a person wants to read of a failure: its last line that speaks of an error. */
export function reasonIn(output: string): string {
  const lines = output.trim().split('\n');
  const line = lines.findLast(
    (text) => /ENOTFOUND|\berror\b|failed/i.test(text) && !/^\s+at /.test(text),
  );
  return (line ?? lines.at(-1) ?? '').trim().slice(0, REASON_MAX_CHARS);
}
