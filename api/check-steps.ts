import type { Fault } from '#domain/errors.ts';
import { pointerTo } from '#domain/journey/explain-issue.ts';
import type { Journey } from '#domain/journey/journey.ts';
import { didYouMean } from '#domain/journey/nearest-word.ts';
import type { WebhookStep } from '#domain/journey/steps/webhook.ts';
import type { Json } from '#domain/json.ts';
import { STEP_ROOTS } from '#domain/template/template-scope.ts';
import type { Connections } from '#platform/connections.ts';
import { hostOf, whyNot } from '#platform/outbound-address.ts';
import { checkJson } from '#templates/render-json.ts';
import { isIP } from 'node:net';
import type { AppDeps } from './deps.ts';

/**
 * What of a journey's steps stands in the way of publishing it here: texts that are no Liquid,
 * connections that there are not, addresses that nothing may be sent to. Where a name leads is
 * looked at for each call.
 */
export function createCheckSteps({
  config,
  endpoints: { rules },
}: Pick<AppDeps, 'config' | 'endpoints'>): (journey: Journey) => Fault[] {
  const connections = config.KAIROS_CONNECTIONS;
  return ({ steps }) =>
    Object.entries(steps).flatMap(([id, step]) => {
      const at = pointerTo('#/steps', id);
      if ('task' in step) return textFaults({ note: step.task.note ?? '' }, `${at}/task`);
      if (!('webhook' in step)) return [];
      const { query = {}, body = {} } = step.webhook;
      return [
        ...textFaults({ query, body }, `${at}/webhook`),
        ...addressFaults(step, `${at}/webhook/url`, rules),
        ...connectionFaults(step, `${at}/webhook/connection`, connections),
      ];
    });
}

function textFaults(said: Json, at: string): Fault[] {
  return checkJson(said, STEP_ROOTS).map(({ pointer, detail }) => ({
    pointer: at + pointer,
    detail,
  }));
}

function addressFaults(
  { webhook }: WebhookStep,
  pointer: string,
  rules: AppDeps['endpoints']['rules'],
): Fault[] {
  const url = new URL(webhook.url);
  if (url.protocol !== 'https:' && !rules.allowsHttp) {
    const detail = `The address must begin with https://, unless ${rules.exception ?? 'this installation lets it'}.`;
    return [{ pointer, detail }];
  }
  const host = hostOf(url);
  const why = isIP(host) === 0 ? null : whyNot(host, rules);
  return why === null ? [] : [{ pointer, detail: why }];
}

function connectionFaults(
  { webhook }: WebhookStep,
  pointer: string,
  connections: Connections,
): Fault[] {
  if (webhook.connection === undefined) return [];
  const found = connections.get(webhook.connection);
  if (found === undefined) {
    const guess = didYouMean(webhook.connection, connections.keys());
    const detail = `There is no connection "${webhook.connection}" in KAIROS_CONNECTIONS.${guess}`;
    return [{ pointer, detail }];
  }
  if (found.origin === new URL(webhook.url).origin) return [];
  const detail = `The connection "${found.name}" is for ${found.origin} alone, and this address is another.`;
  return [{ pointer, detail }];
}
