/** What servers write when a mail comes back: after real ones, with invented people. */
export interface Returned {
  /** The address that our mail was to come back to. */
  returnPath: string;
  /** Of our mail, with its brackets. */
  messageIdHeader: string;
  /** Our own id of the message. */
  messageId: string;
}

const crlf = (text: string): string => text.replaceAll('\n', '\r\n');

const ourHead = ({ returnPath, messageIdHeader, messageId }: Returned): string =>
  `Return-Path: <${returnPath}>
Received: from kairos.shop.example (kairos.shop.example [203.0.113.7])
\tby mail.shop.example (Postfix) with ESMTPS id 4Xk2; Mon, 23 Nov 2026 08:00:00 +0000 (UTC)
List-Unsubscribe: <https://kairos.shop.example/v1/unsubscribe/eyJ.abc>
List-Unsubscribe-Post: List-Unsubscribe=One-Click
X-Kairos-Message-Id: ${messageId}
From: Shop <news@shop.example>
To: anna@customer.example
Subject: =?UTF-8?B?0JLQsNGIINC30LDQutCw0Lc=?=
Message-ID: ${messageIdHeader}
Date: Mon, 23 Nov 2026 08:00:00 +0000
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8`;

/** What stands in the group of the recipient. */
export interface Verdict {
  action?: string;
  status: string;
  diagnostic: string;
}

/** Postfix: a notice, the report, and the head of our mail alone. */
export function byPostfix(
  mail: Returned,
  { action = 'failed', status, diagnostic }: Verdict,
): string {
  return crlf(`Return-Path: <>
Received: by mail.shop.example (Postfix)
\tid 4Xk2B91QzXz1; Mon, 23 Nov 2026 08:00:02 +0000 (UTC)
Date: Mon, 23 Nov 2026 08:00:02 +0000 (UTC)
From: MAILER-DAEMON@mail.shop.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: ${mail.returnPath}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="4Xk2B80xTTz0.1763884802/mail.shop.example"
Content-Transfer-Encoding: 8bit
Message-Id: <4Xk2B91QzXz1@mail.shop.example>

This is a MIME-encapsulated message.

--4Xk2B80xTTz0.1763884802/mail.shop.example
Content-Description: Notification
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

This is the mail system at host mail.shop.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

                   The mail system

<anna@customer.example>: host mx.customer.example[198.51.100.9] said: ${diagnostic}

--4Xk2B80xTTz0.1763884802/mail.shop.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.shop.example
X-Postfix-Queue-ID: 4Xk2B80xTTz0
X-Postfix-Sender: rfc822; ${mail.returnPath}
Arrival-Date: Mon, 23 Nov 2026 08:00:00 +0000 (UTC)

Final-Recipient: rfc822; anna@customer.example
Original-Recipient: rfc822;anna@customer.example
Action: ${action}
Status: ${status}
Remote-MTA: dns; mx.customer.example
Diagnostic-Code: smtp; ${diagnostic.replace(/^(.{50}\S*) /, '$1\n    ')}

--4Xk2B80xTTz0.1763884802/mail.shop.example
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers
Content-Transfer-Encoding: 8bit

${ourHead(mail)}

--4Xk2B80xTTz0.1763884802/mail.shop.example--
`);
}

/** Exchange: a notice in two forms, the report, and our mail whole; it comes to another mailbox. */
export function byExchange(
  mail: Returned,
  { action = 'failed', status, diagnostic }: Verdict,
): string {
  return crlf(`From: <postmaster@customer.example>
To: <bounces@shop.example>
Date: Mon, 23 Nov 2026 08:00:05 +0000
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="9a2f0c1e-7d55-4e2b-9d0a-d9e2f1a0b3c4"
X-MS-Exchange-Message-Is-Ndr:
Content-Language: en-US
Message-ID: <7f6d6b1c-1111-4444-8888-0a0b0c0d0e0f@AM0EX01.customer.example>
In-Reply-To: ${mail.messageIdHeader}
References: ${mail.messageIdHeader}
Subject: Undeliverable: =?utf-8?B?0JLQsNGIINC30LDQutCw0Lc=?=
Auto-Submitted: auto-replied
MIME-Version: 1.0

--9a2f0c1e-7d55-4e2b-9d0a-d9e2f1a0b3c4
Content-Type: multipart/alternative; differences=Content-Type;
\tboundary="b8d7c6a5-2222-4f4f-9e9e-1a1b1c1d1e1f"

--b8d7c6a5-2222-4f4f-9e9e-1a1b1c1d1e1f
Content-Type: text/plain; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

Delivery has failed to these recipients or groups:

--b8d7c6a5-2222-4f4f-9e9e-1a1b1c1d1e1f
Content-Type: text/html; charset="us-ascii"
Content-Transfer-Encoding: quoted-printable

<html><body><p>Delivery has failed to these recipients or groups:</p></body></html>

--b8d7c6a5-2222-4f4f-9e9e-1a1b1c1d1e1f--

--9a2f0c1e-7d55-4e2b-9d0a-d9e2f1a0b3c4
Content-Type: message/delivery-status

Reporting-MTA: dns;AM0EX01.customer.example
Received-From-MTA: dns;mail.shop.example
Arrival-Date: Mon, 23 Nov 2026 08:00:03 +0000

Final-Recipient: rfc822;anna@customer.example
Action: ${action}
Status: ${status}
Diagnostic-Code: smtp;${diagnostic}
X-Display-Name: anna@customer.example

--9a2f0c1e-7d55-4e2b-9d0a-d9e2f1a0b3c4
Content-Type: message/rfc822

${ourHead(mail)}

Hello, your order is on its way.

--9a2f0c1e-7d55-4e2b-9d0a-d9e2f1a0b3c4--
`);
}

/** Gmail: related parts within the report, words over many lines, and our mail whole. */
export function byGmail(
  mail: Returned,
  { action = 'failed', status, diagnostic }: Verdict,
): string {
  return crlf(`Delivered-To: ${mail.returnPath}
Received: by 2002:a05:6a10:b3c4 with SMTP id x4csp1; Mon, 23 Nov 2026 00:00:07 -0800 (PST)
Return-Path: <>
From: Mail Delivery Subsystem <mailer-daemon@googlemail.example>
To: ${mail.returnPath}
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
References: ${mail.messageIdHeader}
In-Reply-To: ${mail.messageIdHeader}
MIME-Version: 1.0
Content-Type: multipart/report; boundary="0000000000009f1a0c05"; report-type=delivery-status
Message-ID: <691f0a07.050a0220.1d3f.0001.GMR@mx.google.example>
Date: Mon, 23 Nov 2026 00:00:07 -0800 (PST)

--0000000000009f1a0c05
Content-Type: multipart/related; boundary="0000000000009f1a1405"

--0000000000009f1a1405
Content-Type: multipart/alternative; boundary="0000000000009f1a1f06"

--0000000000009f1a1f06
Content-Type: text/plain; charset="UTF-8"

** Address not found **

Your message wasn't delivered to anna@customer.example.

--0000000000009f1a1f06--
--0000000000009f1a1405
Content-Type: image/png; name="icon.png"
Content-Disposition: attachment; filename="icon.png"
Content-Transfer-Encoding: base64
Content-ID: <icon.png>

iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==
--0000000000009f1a1405--
--0000000000009f1a0c05
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.example
Arrival-Date: Mon, 23 Nov 2026 00:00:06 -0800 (PST)
X-Original-Message-ID: ${mail.messageIdHeader}

Final-Recipient: rfc822; anna@customer.example
Action: ${action}
Status: ${status}
Remote-MTA: dns; gmail-smtp-in.l.google.example. (198.51.100.26, the server for the domain customer.example.)
Diagnostic-Code: smtp; ${diagnostic.replaceAll(' https', '\n https')}
Last-Attempt-Date: Mon, 23 Nov 2026 00:00:07 -0800 (PST)

--0000000000009f1a0c05
Content-Type: message/rfc822

${ourHead(mail)}

Hello, your order is on its way.
--0000000000009f1a0c05--
`);
}

/** A feedback loop's report that somebody called our mail spam (RFC 5965); recipients are left out. */
export function complaint(mail: Returned, type = 'abuse'): string {
  return crlf(`From: <feedback@loop.example>
Date: Mon, 23 Nov 2026 09:00:00 +0000
Subject: FW: Your order
To: <complaints@shop.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report;
\tboundary="part1_13d.2e68ed54_boundary"

--part1_13d.2e68ed54_boundary
Content-Type: text/plain; charset="US-ASCII"
Content-Transfer-Encoding: 7bit

This is an email abuse report for an email message received from IP
203.0.113.7 on Mon, 23 Nov 2026 08:00:10 +0000.

--part1_13d.2e68ed54_boundary
Content-Type: message/feedback-report

Feedback-Type: ${type}
User-Agent: SomeGenerator/1.0
Version: 1
Original-Mail-From: <${mail.returnPath}>
Arrival-Date: Mon, 23 Nov 2026 08:00:10 +0000
Reported-Domain: shop.example
Source-IP: 203.0.113.7

--part1_13d.2e68ed54_boundary
Content-Type: message/rfc822
Content-Disposition: inline

${ourHead(mail).replace(/^Return-Path: .*\n/, '')}

Hello, your order is on its way.

--part1_13d.2e68ed54_boundary--
`);
}

/** Somebody is away, and their program says so to the address that mails come back to. */
export function awayNotice(mail: Returned): string {
  return crlf(`From: Anna <anna@customer.example>
To: ${mail.returnPath}
Subject: I am away
Auto-Submitted: auto-replied
In-Reply-To: ${mail.messageIdHeader}
Date: Mon, 23 Nov 2026 08:01:00 +0000
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Action: failed
Status: 5.1.1
`);
}
