/**
 * `npm test`: runs jest with what it needs (arguments after `--` go to jest) and closes with the
 * count. The servers of the tests are started by jest's own global set-up (test/support).
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { prepare, root, run } from '../cli/prepare.mjs';

function counts(file) {
  try {
    const result = JSON.parse(readFileSync(file, 'utf8'));
    // A file that does not load runs no test, and still is a failure to be counted.
    return {
      passed: result.numPassedTests,
      failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
      skipped: result.numPendingTests + result.numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

await prepare();
const folder = mkdtempSync(path.join(os.tmpdir(), 'kairos-count-'));
const file = path.join(folder, 'result.json');
const code = await run(process.execPath, [
  '--experimental-vm-modules',
  '--no-warnings=ExperimentalWarning',
  path.join(root, 'node_modules', 'jest', 'bin', 'jest.js'),
  '--json',
  `--outputFile=${file}`,
  ...process.argv.slice(2),
]);
const { passed, failed, skipped } = counts(file);
rmSync(folder, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
process.exitCode = code;
