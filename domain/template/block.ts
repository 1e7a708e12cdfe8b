import { z } from 'zod';
import { BODY_MAX, byLanguage, ContentKey, parseWritten } from './template.ts';
import { filled } from './written.ts';

/** What a block is where it stands: a piece of MJML, of HTML, or plain words (subjects, SMS, push, Viber). */
export const BLOCK_FORMS = ['mjml', 'html', 'text'] as const;
export type BlockForm = (typeof BLOCK_FORMS)[number];

const BlockContent = z
  .strictObject({
    mjml: filled(BODY_MAX).optional(),
    html: filled(BODY_MAX).optional(),
    text: filled(BODY_MAX).optional(),
  })
  .refine((content) => BLOCK_FORMS.some((form) => content[form] !== undefined), {
    message: 'A language of a block needs `mjml`, `html` or `text`.',
  });

/** A piece of content that many templates hold: `{% block 'footer' %}`. */
export const Block = z.strictObject({
  key: ContentKey,
  languages: byLanguage(BlockContent, 'block'),
});
export type Block = z.infer<typeof Block>;

/** Reads a block from what somebody sent. @throws DomainError `invalid` with every fault of its shape */
export function parseBlock(input: unknown): Block {
  return parseWritten(Block, input, 'block');
}
