import {
  Tag,
  type Context,
  type Emitter,
  type Liquid,
  type Parser,
  type TagToken,
  type Template,
  type TopLevelToken,
} from 'liquidjs';
import { decodeHtml } from '#domain/template/decode-html.ts';
import { isWebAddress } from '#domain/template/template-links.ts';
import type { RenderState } from './locale-filters.ts';
import { LINK_TAG } from './mark-links.ts';

type TagClass = Extract<Parameters<Liquid['registerTag']>[1], new (...parts: never[]) => unknown>;

/** `{% kairos_link 3 %}…{% endkairos_link %}`, which only `markLinks` writes. */
export function linkTag(isHtml: boolean): TagClass {
  return class LinkTag extends Tag {
    readonly #number: number;
    readonly #templates: Template[] = [];

    constructor(token: TagToken, remainTokens: TopLevelToken[], liquid: Liquid, parser: Parser) {
      super(token, remainTokens, liquid);
      this.#number = Number(token.args);
      for (;;) {
        const next = remainTokens.shift();
        if (next === undefined) throw new Error('a link was not closed');
        if ((next as { name?: unknown }).name === `end${LINK_TAG}`) return;
        this.#templates.push(parser.parseToken(next, remainTokens));
      }
    }

    override *render(ctx: Context, emitter: Emitter): Generator<unknown, void> {
      const rendered: unknown = yield this.liquid.renderer.renderTemplates(this.#templates, ctx);
      const written = typeof rendered === 'string' ? rendered : '';
      const { track } = ctx.globals as Partial<RenderState>;
      const url = (isHtml ? decodeHtml(written) : written).trim();
      const tracked = track !== undefined && isWebAddress(url) ? track(this.#number, url) : null;
      emitter.write(tracked ?? written);
    }

    /** There is nothing to wait for. */
    *children(): Generator<unknown, Template[]> {
      yield* [];
      return this.#templates;
    }
  };
}
