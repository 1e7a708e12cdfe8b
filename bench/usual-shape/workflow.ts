import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { UsualActivities } from './activities.ts';

const activities = proxyActivities<UsualActivities>({ startToCloseTimeout: '30s' });

/** What the usual shape is started with: the whole definition, and whom it is about. */
export interface UsualInput {
  definition: { key: string; start: string; steps: Record<string, unknown> };
  profileId: string;
  properties: Record<string, string>;
}

/**
 * One send as journey engines on Temporal usually do it: every read and every write is an activity
 * of its own, results travel through the workflow.
 */
export async function usualShape(input: UsualInput): Promise<string> {
  const { definition, profileId, properties } = input;
  const messageId = `${workflowInfo().workflowId}/${definition.start}`;
  const profile = await activities.loadProfile(profileId);
  if (profile === null) return 'unknown';
  if (!(await activities.checkConsent(profileId))) return 'noConsent';
  if (await activities.checkSuppression(profile.email)) return 'suppressed';
  const content = await activities.render({
    template: templateOf(definition),
    profile,
    properties,
  });
  if (!(await activities.reserveMessage({ messageId, profileId }))) return 'sent before';
  const providerId = await activities.send({ messageId, to: profile.email, content });
  await activities.recordResult({ messageId, providerId });
  return 'done';
}

function templateOf({ steps, start }: UsualInput['definition']): string {
  const step = steps[start];
  if (typeof step !== 'object' || step === null || !('send' in step)) throw new Error('no send');
  const { send } = step;
  if (typeof send !== 'object' || send === null || !('template' in send))
    throw new Error('no send');
  return String(send.template);
}
