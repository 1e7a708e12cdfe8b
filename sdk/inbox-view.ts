import { closeButton, make, onLink, parts, shadowOf, STYLE, written } from './draw.ts';
import type { Inbox, InboxState, Labels } from './types.ts';

const LOOK = `
:host{display:inline-block;position:relative}
.bell{position:relative;border:0;background:transparent;font:inherit;font-size:22px;line-height:1;padding:6px;cursor:pointer;color:inherit}
.count{position:absolute;inset-block-start:-2px;inset-inline-end:-4px;min-width:18px;padding:0 5px;border-radius:9px;font-size:12px;line-height:18px;background:var(--kairos-accent,#c5221f);color:#fff}
.panel{position:absolute;z-index:2147482000;inset-inline-end:0;margin-top:8px;width:min(380px,calc(100vw - 32px));max-height:70vh;overflow:auto;padding:0}
article{position:relative;padding:16px 44px 16px 16px;border-bottom:1px solid #0002}
article.unread{background:#0b57d012}
time{display:block;font-size:12px;opacity:.7}
.none{padding:16px;margin:0}
`;

const SVG = 'http://www.w3.org/2000/svg';
const BELL = 'M12 2a6 6 0 0 0-6 6v5l-2 3v1h16v-1l-2-3V8a6 6 0 0 0-6-6zM9.5 19a2.5 2.5 0 0 0 5 0z';

/** Drawn, for not every device has a letter for it. */
function bellShape(): SVGSVGElement {
  const shape = document.createElementNS(SVG, 'svg');
  const line = document.createElementNS(SVG, 'path');
  for (const [name, value] of Object.entries({ viewBox: '0 0 24 24', width: '24', height: '24' })) {
    shape.setAttribute(name, value);
  }
  line.setAttribute('d', BELL);
  line.setAttribute('fill', 'currentColor');
  shape.append(line);
  shape.setAttribute('aria-hidden', 'true');
  return shape;
}

/** A bell with the number of unread messages; behind it the list. Opening the list reads what is in it. */
export function mountInbox(place: Element, inbox: Inbox, labels: Labels): void {
  const host = make('span');
  host.dataset.kairos = 'inbox';
  const root = shadowOf(host, STYLE + LOOK);
  const bell = make('button', 'bell', bellShape());
  bell.type = 'button';
  const count = make('span', 'count');
  const panel = make('div', 'box panel');
  panel.hidden = true;
  let state: InboxState = { messages: [], unread: 0 };
  const draw = (): void => {
    count.textContent = String(state.unread);
    count.hidden = state.unread === 0;
    bell.setAttribute('aria-label', `${labels.messages} (${String(state.unread)})`);
    bell.setAttribute('aria-expanded', String(!panel.hidden));
    if (!panel.hidden) panel.replaceChildren(...rows(state, inbox, labels));
  };
  bell.append(count);
  bell.addEventListener('click', () => {
    panel.hidden = !panel.hidden;
    draw();
    if (!panel.hidden)
      for (const one of state.messages) if (one.readAt === null) inbox.read(one.id);
  });
  inbox.on((now) => {
    state = now;
    draw();
  });
  root.append(bell, panel);
  place.append(host);
}

function rows({ messages }: InboxState, inbox: Inbox, labels: Labels): HTMLElement[] {
  if (messages.length === 0) return [make('p', 'none', labels.none)];
  return messages.map(({ id, at, readAt, language, content }) => {
    const kind = readAt === null ? 'unread' : '';
    const row = written(make('article', kind, ...parts(content)), language);
    const when = written(make('time', '', new Date(at).toLocaleString()), navigator.language);
    when.dateTime = at;
    row.append(
      when,
      closeButton(labels, () => {
        inbox.dismiss(id);
      }),
    );
    onLink(row, () => {
      inbox.click(id);
    });
    return row;
  });
}
