import { describe, expect, it } from '@jest/globals';
import { loadConfig } from './config.ts';
import { allowsPrivateWebhooks } from './production-config.ts';

/** Keys as `openssl rand -hex 24` makes them. */
const KEYS = {
  KAIROS_WRITE_KEY: '3f0b6a1c9d8e7f2a4b5c6d7e8f9a0b1c2d3e4f5a6b7c8d9e',
  KAIROS_ADMIN_KEY: '9e8d7c6b5a4f3e2d1c0b9a8f7e6d5c4b3a2f1e0d9c8b7a6f',
  KAIROS_LINK_SECRET: '5d1e8c0f3b7a2964d5e8f1a0c3b69287e4d1f5a8b0c7396e',
};
const BROWSER_KEY = '7a2c9e4b1d8f6035c7e2a9b4d1f8603e5c7a2b9d4f1e8063';
const OLD_KEY = 'c4e1a7f29b3d60585e7c1f4a9d2b8036e1c7f4a5b9d28306';

const SECURE = {
  ...KEYS,
  NODE_ENV: 'production',
  KAIROS_PUBLIC_URL: 'https://kairos.shop.example',
  MONGODB_URI: 'mongodb://u:p@db1.shop.example,db2.shop.example/kairos?replicaSet=rs0&tls=true',
  TEMPORAL_ADDRESS: 'temporal.shop.example:7233',
  TEMPORAL_TLS: 'true',
};

/** The sentences of a refused start; none where it is let pass. */
function faultsOf(changes: Record<string, string | undefined>): string[] {
  try {
    loadConfig({ ...SECURE, ...changes });
    return [];
  } catch (error) {
    const [, ...lines] = (error instanceof Error ? error.message : '').split('\n');
    return lines.map((line) => line.trim());
  }
}

describe('a production environment', () => {
  it('is accepted when everything that leaves the machine is encrypted', () => {
    expect(faultsOf({})).toEqual([]);
    expect(faultsOf({ TEMPORAL_TLS: undefined, TEMPORAL_API_KEY: 'key' })).toEqual([]);
    expect(faultsOf({ MONGODB_URI: 'mongodb+srv://u:p@db.shop.example/kairos' })).toEqual([]);
  });

  it('is accepted when servers without TLS are on the machine itself', () => {
    const local = {
      MONGODB_URI: 'mongodb://127.0.0.1:27017,localhost:27018/kairos?replicaSet=rs0',
      TEMPORAL_ADDRESS: 'localhost:7233',
      TEMPORAL_TLS: undefined,
      KAIROS_PUBLIC_URL: 'http://127.0.0.1:8080',
      SMTP_URL: 'smtp://localhost:25',
    };
    expect(faultsOf(local)).toEqual([]);
  });

  it('is refused with a source over which customers’ data would be open to others', () => {
    const source = (value: string): string[] => faultsOf({ KAIROS_SOURCE_SHOP: value });
    expect(source('postgresql://u:secret@db.shop.example:5432/shop')).toEqual([
      expect.stringContaining('KAIROS_SOURCE_SHOP reaches db.shop.example without TLS'),
    ]);
    expect(source('postgresql://u:secret@db.shop.example/shop').join()).not.toContain('secret');
    expect(source('postgresql://u:p@db.shop.example/shop?sslmode=verify-full')).toEqual([]);
    expect(source('postgresql://u:p@127.0.0.1/shop')).toEqual([]);
    expect(source('mongodb://u:p@db.shop.example/shop')).toHaveLength(1);
    expect(source('mongodb+srv://u:p@db.shop.example/shop')).toEqual([]);
    expect(source('http://feeds.shop.example/sheet.csv')).toHaveLength(1);
    expect(source('{"type":"service_account"}')).toEqual([]);
    const allowed = { KAIROS_ALLOW_INSECURE: 'source@db.shop.example' };
    const open = 'mongodb://u:p@db.shop.example/shop';
    expect(faultsOf({ KAIROS_SOURCE_SHOP: open, ...allowed })).toEqual([]);
  });

  it('is accepted while keys are changed, and with MongoDB by certificate', () => {
    const changing = {
      KAIROS_WRITE_KEY_PREVIOUS: KEYS.KAIROS_WRITE_KEY,
      KAIROS_ADMIN_KEY_PREVIOUS: OLD_KEY,
      KAIROS_LINK_SECRET_PREVIOUS: `${OLD_KEY},${KEYS.KAIROS_ADMIN_KEY}`,
    };
    expect(faultsOf(changing)).toEqual([]);
    const options = 'tls=true&authMechanism=MONGODB-X509&tlsCertificateKeyFile=/etc/kairos.pem';
    expect(faultsOf({ MONGODB_URI: `mongodb://db.shop.example/kairos?${options}` })).toEqual([]);
  });

  it.each([
    ['MONGODB_URI', { MONGODB_URI: 'mongodb://u:p@127.0.0.1,db.shop.example:27017/kairos' }],
    ['MONGODB_URI', { MONGODB_URI: 'mongodb+srv://u:p@db.shop.example/kairos?tls=false' }],
    ['MONGODB_URI', { MONGODB_URI: `${SECURE.MONGODB_URI}&tlsAllowInvalidCertificates=true` }],
    ['MONGODB_URI', { MONGODB_URI: 'mongodb://db.shop.example/kairos?tls=true' }],
    ['MONGODB_URI', { MONGODB_URI: 'mongodb+srv://:p@db.shop.example/kairos' }],
    ['TEMPORAL_ADDRESS', { TEMPORAL_TLS: undefined }],
    ['TEMPORAL_ADDRESS', { TEMPORAL_TLS: 'false', TEMPORAL_API_KEY: 'key' }],
    ['TEMPORAL_ADDRESS', { TEMPORAL_TLS_CLIENT_CERT_PATH: '/nowhere', TEMPORAL_TLS: 'true' }],
    ['KAIROS_PUBLIC_URL', { KAIROS_PUBLIC_URL: 'http://kairos.shop.example' }],
    ['KAIROS_ADMIN_KEY', { KAIROS_ADMIN_KEY: KEYS.KAIROS_WRITE_KEY }],
    ['KAIROS_WRITE_KEY', { KAIROS_WRITE_KEY: 'a'.repeat(40) }],
    ['KAIROS_WRITE_KEY', { KAIROS_WRITE_KEY: 'x7Kq0'.repeat(5) }],
    ['KAIROS_WRITE_KEY', { KAIROS_WRITE_KEY: 'change-me-before-you-go-live' }],
    ['KAIROS_BROWSER_KEY', { KAIROS_BROWSER_KEY: KEYS.KAIROS_WRITE_KEY }],
    ['KAIROS_ADMIN_KEY_PREVIOUS', { KAIROS_ADMIN_KEY_PREVIOUS: 'change-me-before-you-go-live' }],
    ['KAIROS_WRITE_KEY_PREVIOUS', { KAIROS_WRITE_KEY_PREVIOUS: `${OLD_KEY},${'a'.repeat(40)}` }],
    [
      'KAIROS_BROWSER_KEY',
      { KAIROS_BROWSER_KEY: BROWSER_KEY, KAIROS_ADMIN_KEY_PREVIOUS: BROWSER_KEY },
    ],
    ['KAIROS_LINK_SECRET_PREVIOUS', { KAIROS_LINK_SECRET_PREVIOUS: KEYS.KAIROS_WRITE_KEY }],
    ['KAIROS_LINK_SECRET', { KAIROS_LINK_SECRET: undefined }],
    ['KAIROS_METRICS_KEY', { KAIROS_METRICS_KEY: KEYS.KAIROS_ADMIN_KEY }],
    ['KAIROS_SANDBOX_URL', { KAIROS_SANDBOX_URL: 'http://127.0.0.1:9000' }],
    ['SENDGRID_BASE_URL', { SENDGRID_BASE_URL: 'http://127.0.0.1:9000' }],
    ['FCM_TOKEN_URL', { FCM_TOKEN_URL: 'http://proxy.shop.example/token' }],
    ['SMTP_URL', { SMTP_URL: 'smtp://mail.shop.example:587' }],
    ['SMTP_URL', { SMTP_URL: 'smtps://mail.shop.example?tls.rejectUnauthorized=false' }],
    ['SMTP_URL', { SMTP_URL: 'smtps://mail.shop.example?tls.rejectUnauthorized=0' }],
    [
      'SMTP_URL',
      { SMTP_URL: 'smtp://mail.shop.example?requireTLS=true&tls.rejectUnauthorized=false' },
    ],
    ['NODE_TLS_REJECT_UNAUTHORIZED', { NODE_TLS_REJECT_UNAUTHORIZED: '0' }],
  ])('is refused for %s: %j', (variable, changes) => {
    const faults = faultsOf(changes);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatch(new RegExp(`^${variable} `));
    expect(faults[0]).toMatch(/add [A-Za-z0-9_.@,-]+ to KAIROS_ALLOW_INSECURE\.$/);
  });

  it('is refused with every fault at once, and with no value in any sentence', () => {
    const faults = faultsOf({
      MONGODB_URI: 'mongodb://user:hunter2@db.shop.example/kairos',
      TEMPORAL_TLS: undefined,
      KAIROS_PUBLIC_URL: 'http://kairos.shop.example',
      KAIROS_ADMIN_KEY: 'password-password-password',
      SMTP_URL: 'smtp://user:hunter2@mail.shop.example',
    });
    expect(faults).toHaveLength(5);
    expect(faults.join()).not.toMatch(/hunter2|user:|password-/);
  });

  it('lets an insecurity pass that is allowed, for one host or for all', () => {
    const plain = { MONGODB_URI: 'mongodb://mongo:27017/kairos', TEMPORAL_TLS: undefined };
    expect(faultsOf(plain)).toHaveLength(3);
    expect(faultsOf({ ...plain, KAIROS_ALLOW_INSECURE: 'mongo, temporal' })).toEqual([]);
    const [left, ...more] = faultsOf({
      ...plain,
      KAIROS_ALLOW_INSECURE: 'mongo@mongo,temporal@temporal',
    });
    expect(left).toMatch(/^TEMPORAL_ADDRESS .*temporal@temporal\.shop\.example/);
    expect(more).toEqual([]);
  });

  it('is refused with a domain for links that is not https', () => {
    const at = (url: string): string[] => faultsOf({ KAIROS_TRACKING_URL: url });
    expect(at('https://click.shop.example')).toEqual([]);
    expect(at('http://click.shop.example')).toEqual([
      expect.stringMatching(/^KAIROS_TRACKING_URL is not https: .*add public-url to/),
    ]);
  });

  it('takes an exception for one host or one variable for no other', () => {
    const two = { MONGODB_URI: 'mongodb://u:p@mongo,db.shop.example/kairos' };
    expect(faultsOf({ ...two, KAIROS_ALLOW_INSECURE: 'mongo@mongo' })[0]).toMatch(
      /add mongo@db\.shop\.example to KAIROS_ALLOW_INSECURE/,
    );
    const both = { KAIROS_ADMIN_KEY: 'a'.repeat(40), KAIROS_WRITE_KEY: 'b'.repeat(40) };
    expect(faultsOf({ ...both, KAIROS_ALLOW_INSECURE: 'keys@KAIROS_WRITE_KEY' })).toEqual([
      expect.stringMatching(/^KAIROS_ADMIN_KEY can be guessed/),
    ]);
  });

  it('does not know a word that allows nothing', () => {
    expect(faultsOf({ KAIROS_ALLOW_INSECURE: 'everything' })[0]).toMatch(
      /^KAIROS_ALLOW_INSECURE: /,
    );
  });
});

describe('any other environment', () => {
  it('is not looked at', () => {
    const lax = {
      KAIROS_PUBLIC_URL: 'http://kairos.shop.example',
      KAIROS_ADMIN_KEY: 'a'.repeat(20),
    };
    expect(faultsOf({ ...lax, NODE_ENV: 'test' })).toEqual([]);
    expect(faultsOf({ ...lax, KAIROS_ENV: 'development' })).toEqual([]);
    expect(faultsOf({ ...lax, NODE_ENV: undefined, KAIROS_ENV: 'production' })).toHaveLength(2);
  });
});

describe('the settings of links', () => {
  it('are an address that tokens can be put behind, and hosts', () => {
    const lax = { NODE_ENV: 'test' };
    const good = { ...lax, KAIROS_TRACKING_URL: 'https://click.shop.example/k/' };
    expect(faultsOf(good)).toEqual([]);
    for (const url of ['click.shop.example', 'ftp://shop.example', 'https://a.example/?x=1']) {
      expect(faultsOf({ ...lax, KAIROS_TRACKING_URL: url })).toEqual([
        expect.stringMatching(/^KAIROS_TRACKING_URL: /),
      ]);
    }
    expect(
      loadConfig({ ...SECURE, KAIROS_LINK_HOSTS: 'Shop.example, *.brand.example' }),
    ).toMatchObject({ KAIROS_LINK_HOSTS: ['shop.example', '*.brand.example'] });
    for (const hosts of ['https://shop.example', 'shop.example/x', '*']) {
      expect(faultsOf({ ...lax, KAIROS_LINK_HOSTS: hosts })).toEqual([
        expect.stringMatching(/^KAIROS_LINK_HOSTS: must be hosts/),
      ]);
    }
  });
});

describe('webhooks', () => {
  const go = (changes: Record<string, string>): boolean => {
    const env = { ...SECURE, ...changes };
    return allowsPrivateWebhooks(loadConfig(env), env);
  };

  it('go into private networks only outside production, or where that is wanted', () => {
    expect(go({})).toBe(false);
    expect(go({ KAIROS_ENV: 'development' })).toBe(true);
    expect(go({ KAIROS_ALLOW_INSECURE: 'mongo' })).toBe(false);
    expect(go({ KAIROS_ALLOW_INSECURE: 'mongo,webhooks' })).toBe(true);
  });
});
