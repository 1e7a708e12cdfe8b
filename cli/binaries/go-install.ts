import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { reasonIn, runCommand } from '../run-command.ts';
import type { WayContext, WayResult } from './binary.ts';

/** Server 1.29.1 and UI 2.42.1. */
const MODULE = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';

/** About four minutes on two cores with nothing compiled yet; slower machines get their time. */
const BUILD_TIMEOUT_MS = 30 * 60_000;

/** The fifth way for Temporal: built from the Go module registry by `go` itself. */
export async function goInstall({ env, workDir, signal }: WayContext): Promise<WayResult> {
  const folder = path.join(workDir, 'go');
  await mkdir(folder, { recursive: true });
  const version = await runCommand('go', ['version'], { timeoutMs: 10_000, env });
  if (version.code !== 0) return { why: 'there is no `go` on the PATH' };
  const { code, output } = await runCommand('go', ['install', MODULE], {
    timeoutMs: BUILD_TIMEOUT_MS,
    env: { ...env, GOBIN: folder },
    cwd: workDir,
    signal,
  });
  if (code !== 0) return { why: `go install failed: ${reasonIn(output)}` };
  return { path: path.join(folder, 'temporal') };
}
