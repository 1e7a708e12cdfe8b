import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ImportMark } from './import-mark.ts';

describe('the mark of a demo shop that is not all there', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'kairos-mark-'));
    file = path.join(folder, 'demo-shop');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('keeps the day with which the first start began', () => {
    writeFileSync(file, '');
    const mark = new ImportMark(file);
    expect([mark.isThere, mark.read()]).toEqual([true, null]);
    mark.write('2026-06-16');
    expect(new ImportMark(file).read()).toBe('2026-06-16');
  });

  it('goes when everything is there, and may go twice', () => {
    const mark = new ImportMark(file);
    mark.write('2026-06-16');
    mark.remove();
    mark.remove();
    expect([mark.isThere, existsSync(file)]).toEqual([false, false]);
  });
});
