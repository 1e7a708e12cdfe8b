import {
  CycleTag,
  evalToken,
  ForTag,
  TablerowTag,
  toValue,
  TypeGuards,
  type Context,
  type Emitter,
  type Liquid,
  type TagToken,
  type TopLevelToken,
} from 'liquidjs';
import { MissingValueError } from './missing-value.ts';

/** What one turn of a loop is charged; with WORK_MAX it bounds all loops of a rendering together. */
const TURN_CHARGE = 10;

/** Entries of what a loop runs over, without copying it. */
function turns(collection: unknown): number {
  if (Array.isArray(collection)) return collection.length;
  if (typeof collection === 'string') return collection === '' ? 0 : 1;
  if (typeof collection === 'object' && collection !== null) return Object.keys(collection).length;
  return 0;
}

/** Charges the loop's turns; a loop over nothing that says nothing instead leaves a hole in the mail. */
function chargeLoop(collection: unknown, ctx: Context, path: string, hasElse: boolean): void {
  const count = turns(toValue(collection));
  const { trial } = ctx.globals as { trial?: boolean };
  if (count === 0 && !hasElse && trial !== true) throw new MissingValueError(path);
  ctx.memoryLimit.use(count * TURN_CHARGE);
}

/**
 * `for` that counts its turns against the rendering's limit, so that nested loops end as well, and
 * that needs `{% else %}` where its list may be empty: nobody gets a mail with a hole in it.
 */
export class BoundedFor extends ForTag {
  override *render(ctx: Context, emitter: Emitter): ReturnType<ForTag['render']> {
    const collection: unknown = yield evalToken(this.collection, ctx);
    chargeLoop(collection, ctx, this.collection.getText(), this.elseTemplates.length > 0);
    return yield* super.render(ctx, emitter);
  }
}

/** `tablerow` under the same rules as `for`; it has no `{% else %}`. */
export class BoundedTablerow extends TablerowTag {
  override *render(ctx: Context, emitter: Emitter): Generator<unknown, void> {
    const collection: unknown = yield evalToken(this.collection, ctx);
    chargeLoop(collection, ctx, this.collection.getText(), false);
    yield* super.render(ctx, emitter);
  }
}

/** `cycle` over literals only: its values are read anew at each turn, where no rule could be kept. */
export class LiteralCycle extends CycleTag {
  constructor(token: TagToken, remainTokens: TopLevelToken[], liquid: Liquid) {
    super(token, remainTokens, liquid);
    for (const argument of this.arguments()) {
      const tokens = TypeGuards.isFilteredValueToken(argument)
        ? argument.initial.postfix
        : [argument];
      if (tokens.some((part) => TypeGuards.isPropertyAccessToken(part))) {
        throw new Error('cycle takes texts and numbers only');
      }
    }
  }
}
