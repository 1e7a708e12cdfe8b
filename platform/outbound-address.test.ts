import { describe, expect, it } from '@jest/globals';
import { checkAddress, whyNot, type OutboundRules } from '#platform/outbound-address.ts';

const strict: OutboundRules = {
  allowsHttp: false,
  allowsPrivate: false,
  purpose: 'which is not ours',
};
const lax: OutboundRules = { ...strict, allowsHttp: true, allowsPrivate: true };

const METADATA = [
  '169.254.169.254',
  'fe80::1',
  'fd00:ec2::254',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  ...['168.63.129.16', '100.100.100.200', '192.0.0.192'],
  ...['64:ff9b::a9fe:a9fe', '64:ff9b::169.254.169.254', '::ffff:6464:64c8'],
];
const OWN = [
  ...['127.0.0.1', '10.1.2.3', '172.31.0.1', '192.168.0.1', '100.64.0.1', '0.0.0.0', '224.0.0.1'],
  ...['::1', '::', 'fc00::1', 'fdab::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '255.255.255.255'],
  ...[
    '64:ff9b::7f00:1',
    '64:ff9b::10.1.2.3',
    '64:ff9b::1',
    '64:ff9b:1::1',
    '2002:7f00:1::',
    'fec0::1',
  ],
];
const PUBLIC = [
  '93.184.216.34',
  '172.32.0.1',
  '192.169.0.1',
  '2606:4700::1111',
  '100.128.0.1',
  '64:ff9b::808:808',
];

describe('An address that calls go to', () => {
  it.each(METADATA)('is never that of a machine’s metadata: %s', (ip) => {
    expect(whyNot(ip, strict)).not.toBeNull();
    expect(whyNot(ip, lax)).toContain('metadata');
  });

  it.each(OWN)('is private only where that is allowed: %s', (ip) => {
    expect(whyNot(ip, strict)).toContain('private');
    expect(whyNot(ip, lax)).toBeNull();
  });

  it.each(PUBLIC)('may be anybody else’s: %s', (ip) => {
    expect(whyNot(ip, strict)).toBeNull();
  });

  it('is refused with the setting that lets it go, where there is one', async () => {
    const rules = { ...strict, exception: 'KAIROS_ALLOW_INSECURE names webhooks' };
    const way = 'unless KAIROS_ALLOW_INSECURE names webhooks.';
    await expect(checkAddress('https://127.0.0.1/', rules)).rejects.toThrow(`itself, ${way}`);
    await expect(checkAddress('http://127.0.0.1/', rules)).rejects.toThrow(`https://, ${way}`);
    await expect(checkAddress('ftp://127.0.0.1/', rules)).rejects.toThrow(/https:\/\/\.$/);
    expect(whyNot('169.254.169.254', rules)).toMatch(/is not ours\.$/);
    await expect(checkAddress('https://127.0.0.1/', strict)).rejects.toThrow(/itself\.$/);
  });

  it('is not repeated in the sentence that refuses it', async () => {
    for (const url of [
      'http://127.0.0.1/secret',
      'https://127.0.0.1/secret',
      'secret',
      'ftp://secret',
    ]) {
      const fault = await checkAddress(url, strict).catch((error: unknown) => error);
      expect(fault).toMatchObject({ code: 'invalid', faults: [{ pointer: '#/url' }] });
      expect((fault as Error).message).not.toContain('secret');
    }
  });

  it('may be written in any way that a URL allows, and is seen for what it is', async () => {
    for (const host of ['0x7f000001', '2130706433', '127.1', '[::1]', '[::ffff:127.0.0.1]']) {
      await expect(checkAddress(`https://${host}/`, strict)).rejects.toThrow('private');
    }
    await expect(checkAddress('http://127.0.0.1/', lax)).resolves.toBeInstanceOf(URL);
  });
});
