/** Makes the workflow bundles ahead of the first start, as an image does that cannot be written later. */
import { bundleWorkflows } from './bundles.ts';

await bundleWorkflows();
