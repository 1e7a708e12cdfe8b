import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { bundleSdk, SDK_SCRIPTS } from './bundle-sdk.ts';

/** What a page loads of us before anything is shown, in bytes over the wire. */
const SCRIPT_MAX = 15 * 1024;

describe('the files for browsers', () => {
  it('weigh at most 15 KB without widgets, zipped', async () => {
    const { text } = await bundleSdk('kairos.js');
    expect(gzipSync(text, { level: 9 }).length).toBeLessThanOrEqual(SCRIPT_MAX);
  });

  it.each(SDK_SCRIPTS)('%s holds nothing that a strict policy refuses', async (file) => {
    const { text } = await bundleSdk(file);
    expect(text).not.toMatch(/\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML/);
    expect(text).not.toMatch(/document\.write|setAttribute\("style"|document\.cookie/);
  });

  it('loads widgets from a file of their own', async () => {
    const [script, widgets] = await Promise.all([bundleSdk('kairos.js'), bundleSdk('widgets.js')]);
    expect(script.text).toContain('/sdk/widgets.js');
    expect(script.text).not.toContain('given-name');
    expect(widgets.text).toContain('given-name');
  });
});
