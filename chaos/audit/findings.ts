/** Everything that can be wrong, in the words of the report. */
export const FINDING_KINDS = {
  'lost event': 'lost',
  'lost run': 'lost',
  'lost message': 'lost',
  'doubled run': 'doubled',
  'doubled message': 'doubled',
  'wrong path': 'wrong',
  'stuck run': 'wrong',
  'wrong message': 'wrong',
  'wrong traits': 'wrong',
  'wrong goal': 'wrong',
  'two profiles': 'wrong',
  'status backwards': 'wrong',
  'refused call': 'wrong',
  'run of nobody': 'wrong',
  'message of nobody': 'wrong',
  'letter of nobody': 'wrong',
  'excused too often': 'lost',
  unfinished: 'wrong',
  drift: 'drift',
} as const satisfies Record<string, 'lost' | 'doubled' | 'wrong' | 'drift'>;
export type FindingKind = keyof typeof FINDING_KINDS;

/** One thing that is not as the events sent say it must be. */
export interface Finding {
  kind: FindingKind;
  /** Id of the invented customer; null where it is nobody's, or concerns them all. */
  customer: string | null;
  story: string | null;
  detail: string;
}
