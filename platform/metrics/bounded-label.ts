/** What a metric says for values beyond its bound. */
const OTHER = 'other';

/**
 * A label that takes at most `max` different values, the first ones it meets; all later ones become
 * `other`. Every value of a label is a time series of its own in Prometheus, for as long as the
 * process lives, so a label whose values come from a shop's own definitions needs a bound.
 */
export function boundedLabel(max: number): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= max) return OTHER;
    known.add(value);
    return value;
  };
}
