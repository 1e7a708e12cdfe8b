import type { WholeKairos } from './whole-kairos.ts';

/** Of each there is a group of people, named as it is, and a segment of them. */
export const FORMATS = {
  csv: 'text/csv',
  ndjson: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
};
/** More than one page of rows for each format. */
export const PEOPLE_EACH = 600;

type Facts = Record<string, unknown>;

/** What is hard to write in a file, and has to come back as it was. */
export function factsOf(group: string, number: number): Facts {
  return {
    group,
    email: `${group}-${String(number)}@b.example`,
    phone: `+38050${String(number).padStart(7, '0')}`,
    first_name: 'Їжак',
    note: ['=1+1', 'it\'s, "quoted"', 'two\nlines', '+1 way', `n${String(number)}`][number % 5],
    debt: -1 - number / 4,
    vip: number % 2 === 0,
  };
}

export async function makePeople(kairos: WholeKairos): Promise<void> {
  const calls = Object.keys(FORMATS).flatMap((group) =>
    Array.from({ length: PEOPLE_EACH }, (_, number) => ({
      type: 'identify',
      userId: `${group}-${String(number)}`,
      traits: factsOf(group, number),
    })),
  );
  for (let from = 0; from < calls.length; from += 400) {
    await kairos.track('batch', { batch: calls.slice(from, from + 400) });
  }
  for (const group of Object.keys(FORMATS)) {
    const condition = { attribute: 'group', is: group };
    await kairos.call('PUT', `/v1/segments/${group}`, { name: group, condition });
  }
  await kairos.until('everybody in their segments', async () => {
    const { data } = await kairos.call<{ data: { size: number; status: string }[] }>(
      'GET',
      '/v1/segments',
    );
    return data.every(({ size, status }) => size === PEOPLE_EACH && status === 'live')
      ? true
      : null;
  });
}
