import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';

interface Operation {
  parameters?: { in: string; name: string }[];
}

let guide: string;
let paths: Record<string, Record<string, Operation>>;
beforeAll(async () => {
  guide = await readFile('docs/mobile.md', 'utf8');
  ({ paths } = JSON.parse(await readFile('docs/openapi.json', 'utf8')) as { paths: typeof paths });
});

/** Calls of the samples in one language, as `GET /v1/site/inbox`. */
function callsIn(language: string): string[] {
  const blocks = guide.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'));
  return [...blocks].flatMap(([, code = '']) =>
    [...code.matchAll(/call\("([A-Z]+)", "(\/v1\/[^"?]*)/g)].map(([, method, path]) =>
      [method, path].join(' '),
    ),
  );
}

/** The operation of a call by docs/openapi.json; undefined: there is none. */
function operationOf(call: string): Operation | undefined {
  const [method = '', path = ''] = call.split(' ');
  return paths[path]?.[method.toLowerCase()];
}

describe('the guide for apps', () => {
  it.each(['kotlin', 'swift'])('calls in %s what there is, and nothing else', (language) => {
    const calls = callsIn(language);
    // Eight calls of the API are in each sample; where none is found the guide is written otherwise.
    expect(calls.length).toBeGreaterThanOrEqual(8);
    expect(calls.filter((call) => operationOf(call) === undefined)).toEqual([]);
  });

  it('makes the same calls in both languages', () => {
    expect(callsIn('swift').sort()).toEqual(callsIn('kotlin').sort());
  });

  it('lists calls that there are, with parameters that they take', () => {
    const listed = [...guide.matchAll(/`([A-Z]+) (\/v1\/[^`? ]*)(?:\?([^`]*))?`/g)];
    const wrong = listed.flatMap(([whole, method = '', path = '', query = '']) => {
      const known = operationOf(`${method} ${path}`);
      const taken = (known?.parameters ?? []).filter((one) => one.in === 'query');
      const asked = [...new URLSearchParams(query).keys()];
      const isRight = asked.every((name) => taken.some((one) => one.name === name));
      return known !== undefined && isRight ? [] : [whole];
    });
    expect(listed.length).toBeGreaterThanOrEqual(10);
    expect(wrong).toEqual([]);
  });
});
