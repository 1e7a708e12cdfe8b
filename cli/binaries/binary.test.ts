import { describe, expect, it } from '@jest/globals';
import { versionProblem } from './binary.ts';

describe('versionProblem', () => {
  it.each([
    ['mongod', 'db version v6.0.5\nBuild Info: {}'],
    ['mongod', 'db version v8.2.6'],
    ['temporal', 'temporal version 1.4.1 (Server 1.28.0, UI 2.39.0)'],
    ['temporal', 'temporal version 0.0.0-DEV (Server 1.29.1, UI 2.42.1)'],
  ] as const)('takes %s saying "%s"', (name, output) => {
    expect(versionProblem(name, output)).toBeUndefined();
  });

  it.each([
    ['mongod', 'db version v5.0.31', 'older than 6.0'],
    ['temporal', 'temporal version 1.3.0 (Server 1.27.1, UI 2.36.0)', 'older than 1.4'],
    ['temporal', 'tempo 2.0', 'does not say'],
  ] as const)('refuses %s saying "%s"', (name, output, problem) => {
    expect(versionProblem(name, output)).toContain(problem);
  });
});
