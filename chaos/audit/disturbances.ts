import type { Deed } from '#chaos/journal.ts';

/**
 * How long after the villain let go its deed may still be felt, in ms. A killed worker's runs go on
 * after Temporal's 30 s for a task at the latest; the rest is for starting again on a busy machine.
 */
const RECOVERY_MS = 40_000;

/**
 * Beyond the wait for a receipt, in ms: fifteen seconds until a call is surely over, and ten for
 * what is on its way to be heard.
 */
const SLACK_MS = 25_000;

/**
 * When Kairos could not be what it is. The villain's own record of its deeds is all that ever
 * excuses Kairos: what it says of itself does not.
 */
export class Disturbances {
  readonly #deeds: readonly Deed[];
  readonly #receiptWaitMs: number;

  /** `receiptWaitMs`: how long the installation waits for the receipt of a call that was cut off. */
  constructor(deeds: readonly Deed[], receiptWaitMs: number) {
    this.#deeds = [...deeds].sort((a, b) => a.from - b.from);
    this.#receiptWaitMs = receiptWaitMs;
  }

  /**
   * Whether a call to a provider under way between these instants (epoch ms) may have been cut off.
   * The API takes no part in a call.
   */
  mayCutOff(from: number, to: number): boolean {
    return this.#deeds.some(
      (deed) => deed.to !== 'api' && deed.from <= to && deed.until + RECOVERY_MS >= from,
    );
  }

  /** How often the providers, or their disk, were struck, with whatever calls were under way. */
  ofProviders(): number {
    return this.#deeds.filter(({ to }) => to.endsWith('sandbox')).length;
  }

  /**
   * Whether Kairos was left alone between these instants (epoch ms) for long enough to hear of a
   * call that was cut off, or to conclude from the silence that it may be made again.
   */
  hadTimeToTell(from: number, to: number): boolean {
    const wantedMs = this.#receiptWaitMs + SLACK_MS;
    let calmFrom = from;
    for (const deed of this.#deeds) {
      if (Math.min(deed.from, to) - calmFrom >= wantedMs) return true;
      calmFrom = Math.max(calmFrom, deed.until + RECOVERY_MS);
    }
    return to - calmFrom >= wantedMs;
  }
}
