#!/usr/bin/env node
/** The `kairos` command: makes sure of Node.js and the packages, then hands over to kairos.ts. */
import { prepare } from './prepare.mjs';

await prepare();
const { register } = await import('tsx/esm/api');
register();
const { kairos } = await import('./kairos.ts');
await kairos(process.argv.slice(2));
