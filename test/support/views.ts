export interface RunView {
  id: string;
  journey: string;
  version: number;
  profileId: string;
  status: string;
  outcome: string | null;
  enteredAt: string;
  path: {
    step: string;
    at: string;
    outcome: string;
    reason?: string;
    saved?: { channels: string[] };
  }[];
  saved: { amount: number; currency: string } | null;
  conversion?: { value: number | null } | null;
  temporal: { workflowId: string; runId: string | null };
}

export interface MessageView {
  id: string;
  step: string;
  channel: string;
  status: string;
  reason: string | null;
  details: Record<string, unknown> | null;
  history: { status: string; at: string; reason?: string }[];
  language: string | null;
}

export interface InboxView {
  id: string;
  channel: string;
  provider: string;
  to: string;
  at: string;
  payload: Record<string, unknown>;
}

/** `step:outcome` of each step walked, as one line. */
export function pathOf(run: RunView): string {
  return run.path.map(({ step, outcome }) => `${step}:${outcome}`).join(' -> ');
}
