import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { whyNot, type OutboundRules } from '#platform/outbound-address.ts';

/**
 * As Node's own look-up, but it fails with `EPRIVATE` where a name leads to an address that nothing
 * may be sent to. Looked up for the very connection that is made, a name that led elsewhere when it
 * was checked leads nowhere.
 */
export function guardedLookup(rules: OutboundRules): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) {
        callback(error, '', 0);
        return;
      }
      const [first] = found;
      const isRefused = found.some(({ address }) => whyNot(address, rules) !== null);
      if (isRefused || first === undefined) {
        callback(Object.assign(new Error('refused address'), { code: 'EPRIVATE' }), '', 0);
      } else if (options.all === true) callback(null, found);
      else callback(null, first.address, first.family);
    });
  };
}
