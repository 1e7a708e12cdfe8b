import { closeButton, make, nameOf, onLink, parts, shadowOf, STYLE, written } from './draw.ts';
import { drawForm, FORM_STYLE } from './form.ts';
import { showOver } from './in-app.ts';
import type { SiteMessage, SiteProduct, WidgetStage } from './site-message.ts';
import { safeImage, safeLink } from '../domain/site/rich-text.ts';

/** Products of one block. */
const PRODUCTS = 6;

const LOOK = `
.bar{position:fixed;z-index:2147482500;inset-inline:0;border-radius:0;max-width:none;padding:12px 24px;padding-inline-end:56px;box-shadow:0 2px 12px #0003}
.bar.top{inset-block-start:0}
.bar.bottom{inset-block-end:0}
.bar h2,.bar .text,.bar p{display:inline;margin:0 12px 0 0}
.bar .buttons{display:inline-flex}
.bar .close{inset-block-start:calc(50% - 16px)}
.block{max-width:none;box-shadow:none;border:1px solid #0002;margin-block-end:16px}
.products{display:grid;grid-template-columns:repeat(auto-fill,minmax(140px,1fr));gap:16px;list-style:none;padding:0}
.products a{color:inherit;text-decoration:none;display:block}
.products img{height:140px;object-fit:contain}
.price{font-weight:600}
`;

/**
 * Puts a widget where it belongs on this page, once its time has come; false where the page has no
 * place for it.
 */
export function showWidget(message: SiteMessage, stage: WidgetStage): boolean {
  const { slot, after } = message.content;
  const place = slot === undefined ? document.body : slotOf(slot);
  if (place === null) return false;
  setTimeout(() => {
    if (stage.isCurrent()) draw(message, stage, place);
  }, readMs(after));
  return true;
}

function slotOf(slot: string): Element | null {
  return document.querySelector(`[data-kairos-slot="${CSS.escape(slot)}"]`);
}

function draw(message: SiteMessage, stage: WidgetStage, place: Element): void {
  const { kind, slot } = message.content;
  const over = (show: typeof showOver | typeof drawOver): void => {
    stage.whenFree(() => {
      show(message, stage);
    });
  };
  if (kind === 'pop-up') over(showOver);
  else if (kind === 'form' && slot === undefined) over(drawOver);
  else if (kind === 'products') void drawProducts(message, stage, place);
  else drawInPlace(message, stage, place);
}

/** A form over the page: in the middle, and closed by hand. */
function drawOver(message: SiteMessage, stage: WidgetStage): void {
  const { root, host } = hostIn(document.body, FORM_STYLE);
  const dialog = written(make('dialog'), message.language);
  const box = make('div', 'box', ...parts(message.content));
  let isSent = false;
  box.append(
    ...formOf(message, stage, () => {
      isSent = true;
    }),
    closeButton(stage.labels, () => {
      dialog.close();
    }),
  );
  dialog.addEventListener('close', () => {
    if (!isSent) stage.tell(message, 'dismissed');
    host.remove();
    stage.done(message);
  });
  dialog.setAttribute('aria-label', nameOf(message, stage.labels));
  dialog.append(box);
  root.append(dialog);
  dialog.showModal();
  stage.tell(message, 'opened');
}

function drawInPlace(message: SiteMessage, stage: WidgetStage, place: Element): void {
  const { kind, position = 'bottom' } = message.content;
  const { root, host } = hostIn(place, FORM_STYLE);
  const box = make('section', kind === 'bar' ? `box bar ${position}` : 'box block');
  written(box, message.language);
  box.setAttribute('aria-label', nameOf(message, stage.labels));
  box.append(
    ...parts(message.content),
    ...(kind === 'form' ? formOf(message, stage, () => undefined) : []),
    closeButton(stage.labels, () => {
      stage.tell(message, 'dismissed');
      host.remove();
    }),
  );
  onLink(box, () => {
    stage.tell(message, 'clicked');
  });
  root.append(box);
  whenSeen(box, () => {
    stage.tell(message, 'opened');
  });
}

function formOf(message: SiteMessage, stage: WidgetStage, sent: () => void): HTMLElement[] {
  const { form } = message.content;
  if (form === undefined) return [];
  return [
    drawForm(form, stage.labels, async (said) => {
      const answer = await stage.submit(message, said);
      if (answer.isTaken) {
        sent();
        stage.tell(message, 'clicked');
      }
      return answer;
    }),
  ];
}

async function drawProducts(
  message: SiteMessage,
  stage: WidgetStage,
  place: Element,
): Promise<void> {
  const products = await stage.products(PRODUCTS);
  // A block of nothing is none.
  if (products.length === 0 || !stage.isCurrent()) return;
  const { root } = hostIn(place, '');
  const list = make('ul', 'products', ...products.map((one) => make('li', '', card(one))));
  // What products are called is the shop's word, not the message's.
  list.lang = document.documentElement.lang;
  const box = make('section', 'box block', ...parts(message.content), list);
  written(box, message.language);
  onLink(box, () => {
    stage.tell(message, 'clicked');
  });
  root.append(box);
  whenSeen(box, () => {
    stage.tell(message, 'opened');
  });
}

function card({ name, url, image, price }: SiteProduct): HTMLElement {
  const link = url === null ? null : safeLink(url);
  const element = link === null ? make('div') : make('a');
  if (link !== null && element instanceof HTMLAnchorElement) element.href = link;
  const source = image === null ? null : safeImage(image);
  if (source !== null) {
    const picture = make('img');
    picture.src = source;
    picture.alt = '';
    picture.loading = 'lazy';
    element.append(picture);
  }
  element.append(make('span', '', name));
  if (price !== null) element.append(make('div', 'price', price));
  return element;
}

function hostIn(place: Element, css: string): { root: ShadowRoot; host: HTMLElement } {
  const host = make('div');
  host.dataset.kairos = 'widget';
  place.append(host);
  return { root: shadowOf(host, STYLE + LOOK + css), host };
}

/**
 * What lies below the fold is not seen yet. It is asked of the box: a bar's host is of no size, and
 * stands where the page ends.
 */
function whenSeen(element: Element, seen: () => void): void {
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
    observer.disconnect();
    seen();
  });
  observer.observe(element);
}

/** `PT5S`, `PT1M30S` in ms; 0 where nothing is said. */
function readMs(after: string | undefined): number {
  const [, minutes = '0', seconds = '0'] =
    /^PT(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$/.exec(after ?? '') ?? [];
  return (Number(minutes) * 60 + Number(seconds)) * 1_000;
}
