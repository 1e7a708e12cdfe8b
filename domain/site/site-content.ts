import { z } from 'zod';
import { filled } from '#domain/template/written.ts';
import { DAY_MS, Duration, longestMs, MINUTE_MS } from '#domain/time/duration.ts';
import { PAGES_MAX, readPages } from './match-page.ts';

/** A message on the shop's own pages is kept for a year at most: a season, and the one after. */
const EXPIRES_MAX_DAYS = 400;
/** Whoever stays ten minutes has seen the page. */
const AFTER_MAX_MINUTES = 10;

/** What Kairos shows on the shop's pages: words with a little markup (docs/sdk.md), never HTML. */
const BODY_MAX = 4_000;
const TITLE_MAX = 500;
const LINK_MAX = 2_000;
const LABEL_MAX = 300;

const Button = z.strictObject({ title: filled(LABEL_MAX), link: filled(LINK_MAX) });

const Expires = Duration.refine((text) => longestMs(text) <= EXPIRES_MAX_DAYS * DAY_MS, {
  message: `is longer than P${String(EXPIRES_MAX_DAYS)}D`,
}).meta({ description: 'How long it may be shown after it was sent.' });

const After = Duration.refine((text) => longestMs(text) <= AFTER_MAX_MINUTES * MINUTE_MS, {
  message: `is longer than PT${String(AFTER_MAX_MINUTES)}M`,
}).meta({ description: 'How long somebody is on the page before it is shown.' });

const Pages = filled(PAGES_MAX)
  .refine((text) => readPages(text) !== null, 'is no list of paths such as `/cart /checkout/*`')
  .meta({
    description:
      'On which pages: paths by spaces, `*` for any characters: `/cart /checkout/*`. Absent: on all.',
  });

/** What all of them have; one text each, so that each may hold Liquid. */
const common = {
  /** Address of a picture, https. */
  image: filled(LINK_MAX).optional(),
  /** What the picture shows, for those who do not see it. */
  alt: filled(LABEL_MAX).optional(),
  button: Button.optional(),
  second: Button.optional(),
  expires: Expires.optional(),
};

export const IN_APP_POSITIONS = ['centre', 'top', 'bottom', 'corner'] as const;

/** Shown over the page or the app's screen, until it is closed or followed. */
export const InAppContent = z.strictObject({
  title: filled(TITLE_MAX),
  body: filled(BODY_MAX),
  ...common,
  position: z.enum(IN_APP_POSITIONS).optional(),
  pages: Pages.optional(),
});

/** Kept in the person's inbox on the shop's pages, with how many they have not read. */
export const InboxContent = z.strictObject({
  title: filled(TITLE_MAX),
  body: filled(BODY_MAX),
  /** Where a click on the whole of it leads. */
  link: filled(LINK_MAX).optional(),
  ...common,
});

/** Fields of a form: the label of each that is asked for. */
const Form = z
  .strictObject({
    name: filled(LABEL_MAX).optional(),
    email: filled(LABEL_MAX).optional(),
    phone: filled(LABEL_MAX).optional(),
    birthday: filled(LABEL_MAX).optional(),
    /** The words to agree to: whoever ticks them may be written to at what they filled in. */
    agree: filled(1_000).optional(),
    submit: filled(LABEL_MAX),
    /** Shown in its place when it was sent: the incentive's place. */
    thanks: filled(BODY_MAX),
  })
  .refine((form) => [form.name, form.email, form.phone, form.birthday].some(Boolean), {
    message: 'A form asks for something: name, email, phone or birthday.',
  });

export const WIDGET_KINDS = ['pop-up', 'bar', 'block', 'form', 'products'] as const;

/** An element of the page that widgets are put into: `<div data-kairos-slot="cart">`. */
const Slot = z
  .string()
  .max(64, 'is longer than 64 characters')
  .regex(/^[a-z][a-z0-9-]*$/, 'is lower-case letters, digits and hyphens');

/** A part of the shop's page: laid over it, along its edge, or put into a place it has for it. */
export const WidgetContent = z
  .strictObject({
    kind: z.enum(WIDGET_KINDS),
    title: filled(TITLE_MAX).optional(),
    body: filled(BODY_MAX).optional(),
    ...common,
    position: z.enum(['top', 'bottom']).optional().meta({ description: 'Of a bar.' }),
    slot: Slot.optional(),
    pages: Pages.optional(),
    after: After.optional(),
    form: Form.optional(),
  })
  .superRefine((widget, ctx) => {
    for (const [name, message] of widgetFaults(widget)) {
      ctx.addIssue({ code: 'custom', path: [name], message });
    }
  });

interface Parts {
  kind: (typeof WIDGET_KINDS)[number];
  title?: unknown;
  body?: unknown;
  form?: unknown;
  slot?: unknown;
  position?: unknown;
}

function widgetFaults(parts: Parts): [field: string, message: string][] {
  const { kind, title, body, form, slot, position } = parts;
  const faults: [string, string][] = [];
  if ((kind === 'form') !== (form !== undefined)) {
    faults.push(['form', 'A widget of the kind `form` has a `form`, and no other has.']);
  }
  const misplaced = slotFault(kind, slot !== undefined);
  if (misplaced !== null) faults.push(['slot', misplaced]);
  if (position !== undefined && kind !== 'bar') {
    faults.push(['position', 'Only a bar has a position.']);
  }
  if (kind !== 'products' && title === undefined && body === undefined) {
    faults.push(['body', 'Give it a title or a body.']);
  }
  return faults;
}

/** A form is laid over the page, or has a place on it. */
function slotFault(kind: Parts['kind'], hasSlot: boolean): string | null {
  if ((kind === 'block' || kind === 'products') && !hasSlot) {
    return `A widget of the kind \`${kind}\` names the \`slot\` it is put into.`;
  }
  return (kind === 'pop-up' || kind === 'bar') && hasSlot
    ? `A widget of the kind \`${kind}\` lies over the page: it has no slot.`
    : null;
}
