import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { DomainError } from '#domain/errors.ts';

/** Where calls that somebody else chose the address of may go. */
export interface OutboundRules {
  /** Also without TLS. */
  allowsHttp: boolean;
  /** Also to addresses of this machine and of private networks. */
  allowsPrivate: boolean;
  /** What the address is good for, in a sentence: "which no file comes from". */
  purpose: string;
  /** What lets the refused go, as in "unless SETTING says otherwise"; absent: nothing does. */
  exception?: string;
}

/** Where clouds keep the secrets of machines: nothing of Kairos has any business there. */
const METADATA = new BlockList();
METADATA.addSubnet('169.254.0.0', 16, 'ipv4');
// Azure's, Alibaba Cloud's and Oracle's own, beside the one that nearly all have.
for (const ip of ['168.63.129.16', '100.100.100.200', '192.0.0.192']) METADATA.addAddress(ip);
METADATA.addSubnet('fe80::', 10, 'ipv6');
METADATA.addSubnet('fd00:ec2::', 32, 'ipv6');

/** This machine, private and shared networks, and what is nobody's (IANA's special registries). */
const PRIVATE = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  PRIVATE.addSubnet(net, bits, 'ipv4');
}
for (const [net, bits] of [
  ['::', 127],
  // What stands for IPv4 within a network (NAT64 of its own, 6to4), and what was once a site's own.
  ['64:ff9b:1::', 48],
  ['2002::', 16],
  ['fec0::', 10],
  ['fc00::', 7],
  ['ff00::', 8],
] as const) {
  PRIVATE.addSubnet(net, bits, 'ipv6');
}

/**
 * An IPv4 address in the clothes of IPv6: `::ffff:127.0.0.1`, also as `::ffff:7f00:1`, and behind the
 * prefix by which NAT64 reaches all of IPv4, `64:ff9b::7f00:1`.
 */
const MAPPED =
  /^(?:::ffff:(?=.*[.:])|64:ff9b::)(?:(\d+\.\d+\.\d+\.\d+)|(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,4}))$/i;

/**
 * Reads an address that somebody gave and looks where it leads.
 * @throws DomainError `invalid` with a sentence at `#/url`; it never repeats the address
 */
export async function checkAddress(
  address: string,
  rules: OutboundRules,
  base?: string,
): Promise<URL> {
  if (!URL.canParse(address, base)) throw refused('The address is no URL.');
  const url = new URL(address, base);
  const isHttp = url.protocol === 'http:';
  if (url.protocol !== 'https:' && !(isHttp && rules.allowsHttp)) {
    const also = rules.allowsHttp ? ' or http://' : isHttp ? exceptionOf(rules) : '';
    throw refused(`The address must begin with https://${also}.`);
  }
  const host = hostOf(url);
  const found: readonly Pick<LookupAddress, 'address'>[] =
    isIP(host) === 0 ? await lookup(host, { all: true }).catch(() => []) : [{ address: host }];
  if (found.length === 0) throw refused('The host of the address is not known.');
  for (const one of found) {
    const why = whyNot(one.address, rules);
    if (why !== null) throw refused(why);
  }
  return url;
}

/** The host of a URL, without the brackets of IPv6. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/** Why nothing may be sent to an IP address; null where it may. */
export function whyNot(ip: string, rules: OutboundRules): string | null {
  const plain = unmapped(ip);
  const family = isIP(plain) === 6 ? 'ipv6' : 'ipv4';
  if (METADATA.check(plain, family)) {
    return `The address leads to a machine’s own metadata, ${rules.purpose}.`;
  }
  if (!rules.allowsPrivate && PRIVATE.check(plain, family)) {
    const way = exceptionOf(rules);
    return `The address leads into a private network, or to this machine itself${way}.`;
  }
  return null;
}

function exceptionOf({ exception }: OutboundRules): string {
  return exception === undefined ? '' : `, unless ${exception}`;
}

function unmapped(ip: string): string {
  const [, dotted, high = '0', low] = MAPPED.exec(ip) ?? [];
  if (dotted !== undefined) return dotted;
  if (low === undefined) return ip;
  const [upper, lower] = [parseInt(high, 16), parseInt(low, 16)];
  return [upper >> 8, upper & 255, lower >> 8, lower & 255].join('.');
}

function refused(detail: string): DomainError {
  return new DomainError('invalid', detail, { faults: [{ pointer: '#/url', detail }] });
}
