import type { PaceRules, PaceUse } from '#domain/message/pace/pace.ts';
import { LINE_UNUSED } from '#domain/message/pace/throttle.ts';
import { dateIn, freedBy, useOn, warmUpDay } from '#domain/message/pace/warm-up.ts';
import { HOUR, MINUTE, takenIn } from '#domain/message/pace/window.ts';
import { zoneOr } from '#domain/time/zone.ts';

/** How much of what is set is used at an instant (epoch ms); null: that is not limited. */
export interface UsedNow {
  warmUp: {
    provider: string;
    day: string;
    sent: number;
    free: number;
    number: number | null;
    held: number;
  }[];
  domains: { domain: string; minute: number | null; hour: number | null; today: number }[];
}

export function usedNow({ settings, zone }: PaceRules, use: PaceUse, at: number): UsedNow {
  const today = dateIn(zone, at).toString();
  return {
    warmUp: settings.warmUp.map((plan) => {
      const { provider } = plan;
      const day = warmUpDay(plan, zone, at);
      if (day === null) {
        const date = dateIn(zoneOr(plan.zone, zone), at).toString();
        return { provider, day: date, sent: 0, free: 0, number: null, held: 0 };
      }
      const { sent, held } = useOn(day, use.warmUps.get(provider));
      const { date, number } = day;
      return { provider, day: date, sent, free: freedBy(day, at), number, held };
    }),
    domains: Object.entries(settings.domains).map(([domain, { perMinute, perHour }]) => {
      const { minute, hour, day } = use.lines.get(domain) ?? LINE_UNUSED;
      return {
        domain,
        minute: perMinute === undefined ? null : takenIn(MINUTE, minute, at),
        hour: perHour === undefined ? null : takenIn(HOUR, hour, at),
        today: day.date === today ? day.sent : 0,
      };
    }),
  };
}
