import { Counter, type Registry } from 'prom-client';
import { createMailPace, type MailPace } from '#activities/pace-mail.ts';
import { LINES_MAX } from '#domain/message/pace/sending-settings.ts';
import { createPaceStore } from '#messages/pace-store.ts';
import { createSendingSettings } from '#messages/sending-settings-store.ts';
import type { Clock } from '#platform/clock.ts';
import { boundedLabel } from '#platform/metrics/bounded-label.ts';
import type { Collections } from '#platform/mongo.ts';

interface PaceParts {
  collections: Collections;
  clock: Clock;
  registry: Registry;
  /** IANA; of the shop. */
  zone: string;
}

/** Puts together what says how fast mail goes out. */
export function composePace({ collections, clock, registry, zone }: PaceParts): MailPace {
  const sending = createSendingSettings(collections);
  const rules = async () => ({ settings: await sending(), zone });
  const store = createPaceStore(collections, { rules, clock });
  return createMailPace({ rules, store, clock, onAnswer: countAnswers(registry) });
}

/** Domains are told by the names the shop gave its lines, never by what an address says. */
function countAnswers(registry: Registry): (line: string, answer: 'goes' | 'waits') => void {
  const answers = new Counter({
    name: 'kairos_mail_pace_total',
    help: 'Mails that asked for a place, by the line of the settings that counts them: goes or waits.',
    labelNames: ['line', 'answer'] as const,
    registers: [registry],
  });
  const label = boundedLabel(LINES_MAX * 2);
  return (line, answer) => {
    answers.inc({ line: label(line), answer });
  };
}
