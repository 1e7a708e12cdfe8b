import { closeButton, make, nameOf, onLink, parts, shadowOf, STYLE, written } from './draw.ts';
import type { SiteMessage, Stage } from './site-message.ts';

const PLACES = `
dialog .box{min-width:min(300px,calc(100vw - 32px))}
dialog.top,dialog.bottom,dialog.corner{position:fixed;z-index:2147483000;margin:16px auto;inset-inline:0}
dialog.top{inset-block-end:auto;inset-block-start:0}
dialog.bottom,dialog.corner{inset-block-start:auto;inset-block-end:0}
dialog.corner{inset-inline-start:auto;margin-inline:0 16px}
`;

/** Lays a message over the page until it is closed or followed. */
export function showOver(message: SiteMessage, stage: Stage): void {
  const host = make('div');
  host.dataset.kairos = message.channel;
  const root = shadowOf(host, STYLE + PLACES);
  const { position = 'centre' } = message.content;
  const dialog = written(make('dialog', position), message.language);
  dialog.setAttribute('aria-label', nameOf(message, stage.labels));
  const box = make('div', 'box', ...parts(message.content));
  let isFollowed = false;
  box.append(
    closeButton(stage.labels, () => {
      dialog.close();
    }),
  );
  onLink(box, () => {
    isFollowed = true;
    stage.tell(message, 'clicked');
    dialog.close();
  });
  dialog.addEventListener('keydown', ({ key }) => {
    if (key === 'Escape') dialog.close();
  });
  dialog.addEventListener('close', () => {
    if (!isFollowed) stage.tell(message, 'dismissed');
    host.remove();
    stage.done(message);
  });
  dialog.append(box);
  root.append(dialog);
  document.body.append(host);
  // Over the middle of the page it has to be answered; elsewhere the page goes on beside it.
  if (position === 'centre') dialog.showModal();
  // Opened so, it takes no focus from what the visitor is doing; Escape closes it from within.
  else dialog.open = true;
  stage.tell(message, 'opened');
}
