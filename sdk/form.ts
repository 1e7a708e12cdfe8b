import type { SiteForm } from '../domain/site/rendered-site.ts';
import { make, richText, written } from './draw.ts';
import type { FormAnswer, FormSaid } from './site-message.ts';
import type { Labels } from './types.ts';
import { randomId } from './who.ts';

export const FORM_STYLE = `
form{display:grid;gap:12px}
label{display:grid;gap:4px}
label.agree{grid-template-columns:auto 1fr;align-items:start}
.agree p{margin:0}
[role=alert]{margin:0;color:#b3261e}
input[aria-invalid=true]{border-color:#b3261e}
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

/** A form of what is asked for; once Kairos has taken it, and not before, thanks stand in its place. */
export function drawForm(
  form: SiteForm,
  labels: Labels,
  send: (said: FormSaid) => Promise<FormAnswer>,
): HTMLElement {
  const element = make('form');
  const inputs = new Map<keyof FormSaid['fields'], HTMLInputElement>();
  for (const [name, type, autocomplete] of FIELDS) {
    const label = form[name];
    if (label === undefined) continue;
    const input = make('input');
    Object.assign(input, { name, type, autocomplete, required: true, maxLength: WORD_MAX });
    inputs.set(name, input);
    element.append(make('label', '', label, input));
  }
  const agree = make('input');
  if (form.agree !== undefined) {
    Object.assign(agree, { type: 'checkbox', name: 'agree', required: true });
    element.append(make('label', 'agree', agree, richText(form.agree)));
  }
  const fault = written(make('p'), labels.language);
  fault.setAttribute('role', 'alert');
  const button = make('button', 'submit', form.submit);
  button.type = 'submit';
  element.append(fault, button);
  // The same sending however often it is tried, until something in it is changed.
  let submission = randomId();
  element.addEventListener('input', () => {
    submission = randomId();
  });
  const sendIt = async (): Promise<void> => {
    const fields: FormSaid['fields'] = {};
    for (const [name, { value }] of inputs) fields[name] = value.trim();
    button.disabled = true;
    fault.textContent = '';
    const { isTaken, wrong } = await send({ submission, fields, agree: agree.checked });
    button.disabled = false;
    if (isTaken) {
      const thanks = make('div', '', richText(form.thanks));
      thanks.setAttribute('role', 'status');
      element.replaceWith(thanks);
      return;
    }
    for (const [name, input] of inputs) {
      input.setAttribute('aria-invalid', String(wrong.includes(name)));
    }
    fault.textContent = wrong.length > 0 ? labels.wrong : labels.failed;
    inputs.get(wrong[0] as keyof FormSaid['fields'])?.focus();
  };
  element.addEventListener('submit', (event) => {
    event.preventDefault();
    void sendIt();
  });
  return element;
}
