/** Where in a run a message belongs: the step's passage (hop) and the cascade's channel. */
export interface MessagePlace {
  hop: number;
  index: number;
}

/** The one id of a message: made from run and step, so that a repeat is the same message. */
export function messageIdOf(runId: string, place: MessagePlace & { step: string }): string {
  return `${runId}/${place.step}/${String(place.hop)}/${String(place.index)}`;
}

/** Reads a message id back; null when it is of another run or of no run. */
export function placeOfMessage(runId: string, messageId: string): MessagePlace | null {
  const [run, step, hop, index, ...rest] = messageId.split('/');
  if (run !== runId || step === undefined || rest.length > 0) return null;
  const place = { hop: Number(hop), index: Number(index) };
  return Number.isInteger(place.hop) && Number.isInteger(place.index) ? place : null;
}
