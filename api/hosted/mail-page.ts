import type { MailReply } from '../routes/mail-routes.ts';
import { escapeHtml } from './page.ts';

type Finding = MailReply['findings'][number];

const TITLES: Readonly<Record<Finding['check'], string>> = {
  from: 'The sender',
  spf: 'SPF: which servers may send for you',
  dkim: 'DKIM: the key that signatures are checked with',
  dmarc: 'DMARC: what becomes of mail that fails',
  alignment: 'Alignment: what passes speaks for the sender',
  mx: 'MX: replies to the sender arrive',
  returnPath: 'Return path: where mail comes back to',
  reverseDns: 'Reverse name of the sending server',
};

const WORDS: Readonly<Record<Finding['status'], string>> = {
  fault: 'to put right',
  warning: 'to look at',
  unknown: 'cannot be seen from here',
  ok: 'in order',
};
const STATUSES = ['fault', 'warning', 'unknown', 'ok'] as const;

/** The form that asks for a key. It is sent as a body, so that it stands in no address and no log. */
export function keyForm(button: string, refusal: string | null = null): string {
  return [
    refusal === null ? '' : `<p role="alert" class="status fault">${escapeHtml(refusal)}</p>`,
    '<form method="post" action="/mail">',
    // Of no use but to password managers, which keep a key under a name.
    '<input name="user" value="admin" autocomplete="username" readonly hidden>',
    '<p><label for="key">Admin key of this Kairos</label>',
    '<input id="key" name="key" type="password" required autocomplete="current-password"></p>',
    `<p><button type="submit">${escapeHtml(button)}</button></p>`,
    '</form>',
  ]
    .filter((part) => part !== '')
    .join('\n');
}

/** What was found, for whoever keeps the shop's DNS. */
export function mailFindings({ from, isSandbox, findings }: MailReply): string {
  const counted = STATUSES.flatMap((status) => {
    const count = findings.filter((one) => one.status === status).length;
    return count === 0 ? [] : `<b class="mark ${status}">${String(count)} ${WORDS[status]}</b>`;
  });
  const isAnyPut = findings.some(({ put }) => put !== null);
  return [
    `<p>Mail from <bdi><code>${escapeHtml(from)}</code></bdi>, as DNS has it now:</p>\n<p class="marks">${counted.join(' ')}</p>`,
    isSandbox
      ? '<p class="status">The sandbox plays the provider: no mail of this Kairos goes anywhere.</p>'
      : '',
    isAnyPut
      ? '<p>Put these records where the DNS of the domain is kept. A click selects a whole value. Where the form there adds the domain to names by itself, leave it off.</p>'
      : '',
    ...findings.map(section),
    keyForm('Look again'),
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function section({ check, status, found, put, why }: Finding): string {
  return [
    `<section class="finding ${status}">`,
    `<h2>${escapeHtml(TITLES[check])} <b class="mark ${status}">${WORDS[status]}</b></h2>`,
    `<p>${prose(why)}</p>`,
    '<dl>',
    ...found.map((one) => row('There is', one)),
    ...(put === null
      ? []
      : [row('Put type', put.type), row('Name', put.name), row('Value', put.value)]),
    '</dl>',
    '</section>',
  ].join('\n');
}

function row(term: string, value: string): string {
  return `<dt>${term}</dt><dd><code>${escapeHtml(value)}</code></dd>`;
}

/** Sentences in which commands stand between backticks. */
function prose(text: string): string {
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}
