import { describe, expect, it } from '@jest/globals';
import { readReturnedMail } from '#channels/email/read-mail-report.ts';
import { returnCode } from '#channels/email/return-code.ts';
import {
  awayNotice,
  byExchange,
  byGmail,
  byPostfix,
  complaint,
  type Returned,
} from '#test/support/returned-mails.ts';

const messageId = 'campaign:spring-sale:01a20268-4a96-72e1-bd09-8a81b9def49c/send/0/0';
const code = returnCode('secret', messageId);
const MAIL: Returned = {
  ...{ messageId, returnPath: `${code}@bounce.shop.example` },
  messageIdHeader: `<${code}@shop.example>`,
};
const UNKNOWN = {
  status: '5.1.1',
  diagnostic: '550 5.1.1 <anna@customer.example>: user unknown, sorry',
};

const read = (text: string) => readReturnedMail(Buffer.from(text));

describe('a mail that a mail server hands on', () => {
  it.each([
    ['Postfix', byPostfix],
    ['Exchange', byExchange],
    ['Gmail', byGmail],
  ])('tells of ours that came back, as %s writes it', async (_who, by) => {
    const hard = { kind: 'bounced', bounce: 'hard' };
    expect(await read(by(MAIL, UNKNOWN))).toEqual({ report: hard, codes: [code], messageId });
    const later = { status: '4.4.7', diagnostic: '450 4.2.0 not now' };
    expect(await read(by(MAIL, later))).toMatchObject({ report: { bounce: 'soft' } });
    const refused = {
      status: '5.7.26',
      diagnostic: '550-5.7.26 unauthenticated https://x.example',
    };
    expect(await read(by(MAIL, refused))).toMatchObject({ report: { bounce: 'none' } });
  });

  it.each(['delayed', 'delivered', 'relayed', 'expanded'])(
    'tells nothing where it was only %s',
    async (action) => {
      expect(await read(byPostfix(MAIL, { ...UNKNOWN, action }))).toBeNull();
    },
  );

  it('tells of somebody who called ours spam, whoever they are', async () => {
    const found = { report: { kind: 'complained' }, codes: [code], messageId };
    expect(await read(complaint(MAIL))).toEqual(found);
    expect(await read(complaint(MAIL, 'opt-out'))).toMatchObject({ report: { kind: 'left' } });
    expect(await read(complaint(MAIL, 'not-spam'))).toBeNull();
    expect(await read(complaint(MAIL, 'auth-failure'))).toBeNull();
  });

  it('is known by the address it came back to, where nothing of ours is in it', async () => {
    const bare = byPostfix(MAIL, UNKNOWN).replace(
      /Content-Type: text\/rfc822-headers[^]*?\r\n--/,
      '--',
    );
    expect(bare).not.toContain('X-Kairos-Message-Id');
    expect(await read(bare)).toMatchObject({ codes: [code], messageId: null });
  });

  it('tells the same where the report may hold any letters (RFC 6533)', async () => {
    const global = byPostfix(MAIL, UNKNOWN)
      .replaceAll('message/delivery-status', 'message/global-delivery-status')
      .replaceAll('text/rfc822-headers', 'message/global-headers');
    const hard = { kind: 'bounced', bounce: 'hard' };
    expect(await read(global)).toEqual({ report: hard, codes: [code], messageId });
  });

  it('is known where addresses were written in large letters', async () => {
    const loud = byPostfix(MAIL, UNKNOWN).replaceAll(code, code.toUpperCase());
    expect(await read(loud)).toMatchObject({ codes: [code] });
  });

  it('tells nothing without a code, or of what is no report', async () => {
    expect(await read(awayNotice(MAIL))).toBeNull();
    expect(await read(byPostfix(MAIL, UNKNOWN).replaceAll(code, 'bounces'))).toBeNull();
    expect(await read('')).toBeNull();
    expect(await read('hello')).toBeNull();
  });

  it('is not read where it is built to be endless', async () => {
    const head = (at: number): string =>
      `Content-Type: multipart/mixed; boundary="b${String(at)}"\r\n\r\n--b${String(at)}\r\n`;
    const deep = Array.from({ length: 50 }, (_, at) => head(at)).join('');
    await expect(read(deep)).rejects.toMatchObject({ code: 'malformed' });
  });
});
