import type { SaidConsent } from '#domain/event/event.ts';
import { explicitGrantAt } from '#domain/profile/consents.ts';
import type { Consent } from '#domain/profile/profile.ts';

/** The event by which somebody asked for a channel whose consents are to be confirmed. */
export const CONSENT_REQUESTED = 'Consent Requested';

/**
 * What a consent counts for in a channel where consents are confirmed (`isDouble`). What a site puts
 * on every call was confirmed by nobody, so it counts as never said.
 */
export function confirmed(consent: Consent | null, isDouble: boolean): Consent | null {
  const isStamp = consent?.granted === true && explicitGrantAt(consent) === null;
  return isDouble && isStamp ? null : consent;
}

/** Whether a grant is to be kept as a request: it was not given before. */
function mustConfirm(known: Consent | undefined, isDouble: boolean): boolean {
  return isDouble && confirmed(known ?? null, isDouble)?.granted !== true;
}

/** A grant as the event that it becomes: at once, or as a request until it is confirmed. */
export function grantOf(
  said: SaidConsent,
  known: Consent | undefined,
  isDouble: boolean,
): { name: string; consent: SaidConsent } {
  if (!mustConfirm(known, isDouble)) return { name: 'Consent Granted', consent: said };
  return { name: CONSENT_REQUESTED, consent: { ...said, granted: false, pending: true } };
}

/**
 * The consent that a request becomes once its link was followed: with the words, and the place,
 * where it was asked for, and that instant beside the one of the confirmation. Null: nothing waits.
 */
export function confirmation(known: Consent | undefined): SaidConsent | null {
  if (known?.pending !== true) return null;
  const { source, text, textVersion, at: requestedAt } = known;
  return {
    ...{ granted: true, source, requestedAt },
    ...(text === undefined ? {} : { text }),
    ...(textVersion === undefined ? {} : { textVersion }),
  };
}
