import { describe, expect, it } from '@jest/globals';
import { TRAP_LINK } from '#domain/message/machine-look.ts';
import type { Receipt } from '#events/accept-receipts.ts';
import type { LookedAt } from '#messages/link-store.ts';
import { signLink } from '#platform/signed-link.ts';
import { createLinks, type Followed, type FollowParts, type Links } from './follow-link.ts';

const SECRET = 'a-secret';
const SALE = 'https://shop.example/sale';
const PERSON = {
  method: 'GET',
  agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0',
  purpose: '',
  ip: null,
};
const MESSAGE: LookedAt = {
  ...{ _id: 'run/mail/1/0', profileId: 'p1', channel: 'email', calledAt: 1_000 },
  links: [{ n: 2, url: 'https://shop.example/p/1' }],
};

/** One message, and everything that is told of it. */
function following(
  changes: Partial<FollowParts['store']> = {},
  parts: Partial<FollowParts> = {},
): { links: Links; told: Receipt[] } {
  const told: Receipt[] = [];
  const looks: { link: number; at: number }[] = [];
  const link = (number: number, url: string) => ({
    ...{ number, url, language: 'en', channel: 'email' as const, part: 'html' as const },
    at: [0, 1] as [number, number],
  });
  const known = [link(1, SALE), link(2, '{{ entry.properties.url }}'), link(3, `${SALE}/3`)];
  const links = createLinks({
    secrets: [SECRET],
    findLink: (version, number) =>
      Promise.resolve(
        version === 'sale@3' ? (known.find((one) => one.number === number) ?? null) : null,
      ),
    store: {
      find: (id) => Promise.resolve(id === MESSAGE._id ? MESSAGE : null),
      byCode: () => Promise.resolve(null),
      note: (_, look) => Promise.resolve(looks.splice(0, looks.length, ...looks, look)),
      ...changes,
    },
    accept: (receipts) => {
      told.push(...receipts);
      return Promise.resolve({ accepted: receipts.length, ignored: 0, ids: [] });
    },
    clock: () => 500_000,
    ...parts,
  });
  return { links, told };
}

/** Follows a link that leads somewhere. */
async function followed(links: Links, of: string): Promise<Followed> {
  const found = await links.follow(of, PERSON);
  if (found === null || found === 'tooOld') throw new Error(`it leads nowhere: ${String(found)}`);
  return found;
}

const token = (said: Record<string, string>): string =>
  signLink(SECRET, { click: MESSAGE._id, of: 'sale@3', ...said });

describe('a link that is followed', () => {
  it('leads where its version says, or its message where only that says it', async () => {
    const { links, told } = following();
    const [written, said] = [
      await followed(links, token({ n: '1' })),
      await followed(links, token({ n: '2', p: '0' })),
    ] as const;
    await Promise.all([written.noted, said.noted]);
    expect([written.url, said.url]).toEqual([SALE, 'https://shop.example/p/1']);
    expect(told.map(({ eventId, link }) => [eventId, link?.number])).toEqual([
      ['click/run/mail/1/0/1/person', 1],
      ['click/run/mail/1/0/2.0/person', 2],
    ]);
  });

  it('leads nowhere where neither says so', async () => {
    const { links, told } = following();
    const wrong = [
      token({ n: '9' }),
      // The template's Liquid is no address.
      token({ n: '2' }),
      token({ n: '2', p: '7' }),
      token({ n: '1', of: 'sale@4' }),
      token({ n: 'x' }),
      signLink(SECRET, { profileId: 'p1', channel: 'email', messageId: MESSAGE._id }),
      signLink('other', { click: MESSAGE._id, of: 'sale@3', n: '1' }),
    ];
    for (const one of wrong) expect(await links.follow(one, PERSON)).toBeNull();
    expect(told).toEqual([]);
  });

  it('that only its message knew leads nowhere once that is gone, and is known as one of ours', async () => {
    const { links, told } = following();
    const gone = { n: '2', p: '0', click: 'run/old/1/0' };
    expect(await links.follow(token(gone), PERSON)).toBe('tooOld');
    expect(told).toEqual([]);
  });

  it('leads on when its message is not kept any more, and while nothing can be noted', async () => {
    const gone = await followed(following().links, token({ n: '1', click: 'run/old/1/0' }));
    expect(gone.url).toBe(SALE);
    await gone.noted;
    const down = following({ find: () => Promise.reject(new Error('away')) });
    const led = await followed(down.links, token({ n: '1' }));
    expect(led.url).toBe(SALE);
    await expect(led.noted).rejects.toThrow('away');
    // Only the store knows the way.
    await expect(down.links.follow(token({ n: '2', p: '0' }), PERSON)).rejects.toThrow('away');
  });

  it('is a machine’s moments after a mail was handed over, and a person’s in a text message', async () => {
    const told = async (channel: LookedAt['channel'], parts: Partial<FollowParts> = {}) => {
      const message = { ...MESSAGE, channel, calledAt: 498_000 };
      const found = following({ find: () => Promise.resolve(message) }, parts);
      await (
        await followed(found.links, token({ n: '1' }))
      ).noted;
      return found.told.map(({ machine }) => machine);
    };
    expect(await told('email')).toEqual(['ahead']);
    expect(await told('sms')).toEqual([undefined]);
    // The sandbox's readers have it as it is sent.
    expect(await told('email', { arrivesAtOnce: true })).toEqual([undefined]);
  });

  it('that nobody sees gives away who loads the picture next', async () => {
    const looks = [{ link: TRAP_LINK, at: 499_000 }];
    const trapped = following({ find: () => Promise.resolve({ ...MESSAGE, looks }) });
    await trapped.links.open(signLink(SECRET, { open: MESSAGE._id }), PERSON);
    const quiet = following();
    await quiet.links.open(signLink(SECRET, { open: MESSAGE._id }), PERSON);
    expect([...trapped.told, ...quiet.told].map(({ name }) => name)).toEqual([
      ...['Email Opened by Machine', 'Email Opened'],
    ]);
  });

  it('is one of a machine’s as soon as the others say so', async () => {
    const { links, told } = following();
    for (const n of ['1', '2', '3']) {
      const place = n === '2' ? { p: '0' } : {};
      await (
        await followed(links, token({ n, ...place }))
      ).noted;
    }
    expect(told.map(({ machine }) => machine)).toEqual([undefined, undefined, 'burst']);
    expect(told[2]?.name).toBe('Email Link Clicked by Machine');
  });
});
