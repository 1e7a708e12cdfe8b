import type { Campaign } from '#domain/campaign/campaign.ts';
import { sha256 } from '#domain/journey/sha-256.ts';

/**
 * Which part of a campaign somebody is in: `main` is everybody, or those a test is made on; `rest`
 * waits for its winner; `resend` is the second message to those who did not open the first.
 */
export const WAVES = ['main', 'rest', 'resend'] as const;
export type Wave = (typeof WAVES)[number];

export interface Place {
  wave: Exclude<Wave, 'resend'>;
  /** Key of the variant; null: there is no experiment, or its winner is not known yet. */
  variant: string | null;
}

/**
 * The place of a customer in a campaign, by a stable hash: the same whenever and wherever it is
 * drawn. Who is tested and what they get are two draws, so that each variant's people are alike.
 */
export function drawPlace(
  { key, experiment }: Pick<Campaign, 'key' | 'experiment'>,
  profileId: string,
): Place {
  if (experiment === undefined) return { wave: 'main', variant: null };
  const digest = sha256(`campaign|${key}|${profileId}`);
  const view = new DataView(digest.buffer, digest.byteOffset, digest.byteLength);
  const draw = (offset: number): number => view.getUint32(offset) / 2 ** 32;
  if (draw(0) * 100 >= experiment.share) return { wave: 'rest', variant: null };
  const { variants } = experiment;
  let left = draw(4) * variants.reduce((sum, { weight }) => sum + weight, 0);
  for (const variant of variants) {
    left -= variant.weight;
    if (left < 0) return { wave: 'main', variant: variant.key };
  }
  return { wave: 'main', variant: variants.at(-1)?.key ?? null };
}

/** The template of a recipient's message. */
export function templateOf(
  { template, experiment, resend }: Pick<Campaign, 'template' | 'experiment' | 'resend'>,
  { wave, variant }: { wave: Wave; variant: string | null },
): string {
  const own = experiment?.variants.find(({ key }) => key === variant)?.template;
  return (wave === 'resend' ? resend?.template : undefined) ?? own ?? template;
}

/** Every template a campaign may send, with where its definition names it. */
export function templatesOf({
  template,
  experiment,
  resend,
}: Pick<Campaign, 'template' | 'experiment' | 'resend'>): { template: string; pointer: string }[] {
  const variants = (experiment?.variants ?? []).flatMap((variant, index) =>
    variant.template === undefined
      ? []
      : [
          {
            template: variant.template,
            pointer: `#/experiment/variants/${String(index)}/template`,
          },
        ],
  );
  const again = resend?.template;
  return [
    { template, pointer: '#/template' },
    ...variants,
    ...(again === undefined ? [] : [{ template: again, pointer: '#/resend/template' }]),
  ];
}
