/** A reader's telephone. */
export const PERSON =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4.1 Mobile/15E148 Safari/604.1';

/** The addresses that a mail leads to. */
export function hrefs(html: string): string[] {
  return [...html.matchAll(/href="([^"]*)"/g)].map(([, href = '']) => href);
}

/** Follows a link as far as Kairos leads. */
export function ask(url: string, agent = PERSON, method = 'GET'): Promise<Response> {
  return fetch(url, { method, headers: { 'user-agent': agent }, redirect: 'manual' });
}

/** Where an answer leads; else its status. */
export function targetOf(answer: Response): string | null {
  return answer.status === 302 ? answer.headers.get('location') : String(answer.status);
}
