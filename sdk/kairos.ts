import { Client } from './client.ts';
import type { KairosOptions } from './types.ts';

declare global {
  interface Window {
    /** Calls that were made before this file came, as lists of a name and its arguments; then the client. */
    kairos?: unknown;
  }
}

/** `<script async src="https://…/sdk/kairos.js" data-write-key="…" data-consent="granted"></script>` */
const script = document.currentScript instanceof HTMLScriptElement ? document.currentScript : null;
const source = script === null ? location.origin : new URL(script.src).origin;

/** The client, with what the page has said so far. */
function load(options: KairosOptions): Client {
  const early: unknown = window.kairos;
  const client = new Client({ ...options, host: options.host ?? source });
  window.kairos = client;
  if (!Array.isArray(early)) return client;
  for (const said of early as unknown[]) {
    if (!Array.isArray(said)) continue;
    const [name, ...words] = said as [unknown, ...unknown[]];
    const method: unknown = typeof name === 'string' ? Reflect.get(client, name) : undefined;
    if (typeof method === 'function') Reflect.apply(method, client, words);
  }
  return client;
}

const { writeKey, consent, host, messages } = script?.dataset ?? {};
if (writeKey === undefined) {
  // Without a key in the tag the page says itself when, and how, it begins.
  window.kairos = { load };
} else {
  load({
    writeKey,
    ...(host !== undefined && { host }),
    consent: consent === 'granted' ? 'granted' : 'asked',
    messages: messages !== 'off',
  });
}
