/**
 * What a mail that came back says of its address. `hard`: nobody can be reached there, ever. `soft`:
 * not now. `none`: nothing, for it was we who were refused, or the mail, or nobody said why.
 */
export type BounceKind = 'hard' | 'soft' | 'none';

/** What a server said of one recipient (RFC 3464). */
export interface Refused {
  /** `5.1.1`: class, subject and detail (RFC 3463). */
  status: string;
  /** `smtp; 550 5.1.1 user unknown`. */
  diagnostic: string;
}

/** Permanent, and about the address: no such mailbox or domain, moved, switched off, takes no mail. */
const DEAD = /^5\.(1\.[012346]|1\.10|2\.1|4\.4)$/;
/** Of these the words of the server decide: many say no more than "no". */
const VAGUE = /^5\.(0\.0|1\.0|5\.0|3\.0)$/;
/** The mailbox is there, and cannot take this now. */
const FULL = /^[45]\.2\.[234]$/;

/** Such a code among words; four numbers are the address of a server. */
const CODE = /(?<![\w.[])([45]\.\d{1,3}\.\d{1,3})(?!\.?\d)/;

/**
 * An address that a server quotes is none of its words: `content@shop.example: user unknown`. Its part
 * before the @ has 64 characters at most, without which a long word would be looked through from each
 * of its letters.
 */
const QUOTED = /[^\s<>:;,@]{1,64}@[^\s<>:;,@]+/g;

/** Words of a server that has something against us or the mail, and nothing against the address. */
const AGAINST_US =
  /spam|blocked|blacklist|block ?list|reputation|policy|dmarc|\bspf\b|dkim|authenticat|spamhaus|rate limit|too many|content|virus|greylist/i;
/** Words by which servers without better codes say that nobody is there. */
const NOBODY =
  /user unknown|unknown user|no such (user|recipient|mailbox|person)|(mailbox|account|recipient|address) (is |was )?(unavailable|not found|disabled|inactive|does ?n.t exist|does not exist|unknown|rejected)|does not exist|invalid (recipient|mailbox)|recipientnotfound|does ?n.t have an? \S+ account|not our customer|no mailbox here|unrouteable address/i;

/**
 * Sorts a refusal. A code of the class 5 alone does not end an address: 5.7.26 says that *our*
 * signature fails, and taking that for the address's fault would end every address of a provider on
 * the day on which a DNS record of ours is wrong.
 */
export function bounceKind(refused: Refused): BounceKind {
  const words = refused.diagnostic.replaceAll(QUOTED, ' ');
  const code = codeOf(refused);
  if (/^[45]\.7\./.test(code) || AGAINST_US.test(words)) return 'none';
  if (DEAD.test(code)) return 'hard';
  if (FULL.test(code) || code.startsWith('4.')) return 'soft';
  if (NOBODY.test(words)) return 'hard';
  return /^5\.[36]\./.test(code) ? 'none' : 'soft';
}

/** A relay that reports for another often writes 5.0.0, and quotes the better code. */
function codeOf({ status, diagnostic }: Refused): string {
  if (/^[45]\./.test(status) && !VAGUE.test(status)) return status;
  return CODE.exec(diagnostic)?.[1] ?? status;
}
