import {
  asksPace,
  type PaceAnswer,
  type PaceRules,
  type Place,
} from '#domain/message/pace/pace.ts';
import { domainOf, lineOf } from '#domain/message/pace/mailbox-providers.ts';
import type { Urgency } from '#domain/message/pace/throttle.ts';
import type { Channel } from '#domain/message/message.ts';
import type { PaceStore } from '#messages/pace-store.ts';
import type { Clock } from '#platform/clock.ts';

/** One mail that is about to go out. */
export interface PacedMail {
  /** `campaign` is set on messages of campaigns. */
  request: { channel: Channel; campaign?: object };
  provider: string;
  /** Its recipient's address: of it the domain is looked at, and no more. */
  to: string;
  kind: 'marketing' | 'transactional';
}

/** How fast mail goes out: by the plan of a new provider, and to each mailbox provider. */
export interface MailPace {
  /** Null: nothing that is set concerns it, and nothing was read or counted. */
  take(mail: PacedMail): Promise<PaceAnswer | null>;
  /** It did not go out: no call was made for it, or its provider refused it. */
  giveBack(place: Place): Promise<void>;
}

interface PaceDeps {
  rules: () => Promise<PaceRules>;
  store: PaceStore;
  clock: Clock;
  /** Told how each was answered: the domain's line as the shop named it, or the provider. */
  onAnswer?: (line: string, answer: 'goes' | 'waits') => void;
}

export function createMailPace({ rules, store, clock, onAnswer }: PaceDeps): MailPace {
  return {
    async take({ request, provider, to, kind }) {
      if (request.channel !== 'email') return null;
      const inForce = await rules();
      const line = lineOf(Object.keys(inForce.settings.domains), domainOf(to));
      if (!asksPace(inForce, { provider, line }, clock())) return null;
      const isOwed = kind === 'transactional';
      const answer = await store.take({
        provider,
        line,
        urgency: urgencyOf(request, kind),
        isOwed,
      });
      if (onAnswer !== undefined) tell(onAnswer, { provider, line }, answer);
      return answer;
    },
    giveBack: (place) => store.giveBack(place),
  };
}

function tell(
  onAnswer: NonNullable<PaceDeps['onAnswer']>,
  { provider, line }: { provider: string; line: string | null },
  answer: PaceAnswer,
): void {
  if ('wait' in answer) {
    onAnswer(answer.wait.reason === 'warmUp' ? provider : (line ?? provider), 'waits');
    return;
  }
  if (line !== null) onAnswer(line, 'goes');
  if (answer.go.warmUp !== null) onAnswer(provider, 'goes');
}

/** What a campaign sends is bulk, whatever its template says it is. */
function urgencyOf({ campaign }: PacedMail['request'], kind: PacedMail['kind']): Urgency {
  if (campaign !== undefined) return 'bulk';
  return kind === 'transactional' ? 'transactional' : 'triggered';
}
