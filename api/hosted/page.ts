import type { Request, Response } from 'express';
import { pageLanguage, type PageLanguage } from '#domain/consent/page-language.ts';
import { directionOf } from '#domain/template/text-direction.ts';

/** Nothing of anywhere may be loaded, and no script at all: the pages work without. */
const POLICY =
  "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** A page that a person reads: parts of it are HTML already. */
export interface Page {
  language: PageLanguage;
  title: string;
  body: string;
  status?: number;
  /** For what is no letter's reader: a page of records is read in long lines. */
  width?: 'wide';
}

/** The language of a page: what is known of its reader, then what their browser asks for. */
export function languageFor(
  req: Request,
  known: readonly (string | null | undefined)[] = [],
): PageLanguage {
  return pageLanguage([...known, ...req.acceptsLanguages()]);
}

export function sendPage(
  res: Response,
  { language, title, body, status = 200, width }: Page,
): void {
  res.set('Content-Security-Policy', POLICY);
  res.set({ 'Cache-Control': 'no-store', 'Content-Language': language, Vary: 'Accept-Language' });
  res.set('X-Robots-Tag', 'noindex');
  res.status(status).type('html').send(`<!doctype html>
<html lang="${language}" dir="${directionOf(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="/assets/plain.css">
</head>
<body>
<main${width === undefined ? '' : ` class="${width}"`}>
<h1>${escapeHtml(title)}</h1>
${body}
</main>
</body>
</html>
`);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}
