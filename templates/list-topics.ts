import type { Collections } from '#platform/mongo.ts';

/** Topics that a person is asked about at once; a shop has a handful. */
const TOPICS_MAX = 30;

/** What the published marketing templates are about, in the order of the alphabet. */
export async function listTopics({
  templates,
}: Pick<Collections, 'templates'>): Promise<readonly string[]> {
  const topics = await templates.distinct('template.topic', { 'template.kind': 'marketing' });
  const named = (topics as unknown[]).filter((topic) => typeof topic === 'string');
  return named.sort().slice(0, TOPICS_MAX);
}
