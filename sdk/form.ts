import type { SiteForm } from '../domain/site/rendered-site.ts';
import { make, richText } from './draw.ts';
import type { FormSaid } from './site-message.ts';

export const FORM_STYLE = `
form{display:grid;gap:12px}
label{display:grid;gap:4px}
label.agree{grid-template-columns:auto 1fr;align-items:start}
input{font:inherit;padding:8px 12px;border:1px solid #0004;border-radius:8px;background:#fff;color:#1b1f24}
`;

/** Each field as browsers know it, so that they fill it in and look it over themselves. */
const FIELDS = [
  ['name', 'text', 'given-name'],
  ['email', 'email', 'email'],
  ['phone', 'tel', 'tel'],
  ['birthday', 'date', 'bday'],
] as const;

/** Longest word in a field: no name or address is longer. */
const WORD_MAX = 254;

/** A form of what is asked for; when it is sent, thanks stand in its place. */
export function drawForm(form: SiteForm, sent: (said: FormSaid) => void): HTMLElement {
  const element = make('form');
  const inputs = new Map<keyof FormSaid, HTMLInputElement>();
  for (const [name, type, autocomplete] of FIELDS) {
    const label = form[name];
    if (label === undefined) continue;
    const input = make('input');
    Object.assign(input, { name, type, autocomplete, required: true, maxLength: WORD_MAX });
    inputs.set(name, input);
    element.append(make('label', '', label, input));
  }
  if (form.agree !== undefined) {
    const input = make('input');
    Object.assign(input, { type: 'checkbox', name: 'agree', required: true });
    element.append(make('label', 'agree', input, richText(form.agree)));
  }
  const button = make('button', 'submit', form.submit);
  button.type = 'submit';
  element.append(button);
  element.addEventListener('submit', (event) => {
    event.preventDefault();
    const said: FormSaid = {};
    for (const [name, { value }] of inputs) said[name] = value.trim();
    const thanks = make('div', '', richText(form.thanks));
    thanks.setAttribute('role', 'status');
    element.replaceWith(thanks);
    sent(said);
  });
  return element;
}
