import { beforeAll, describe, expect, it } from '@jest/globals';
import { nextDateOccurrence } from '#domain/time/date-occurrence.ts';
import { isZone } from '#domain/time/zone.ts';
import { customersOf } from '../demo/cast.ts';
import { derivePeople, type Person } from './derive-people.ts';
import { type Cut, readCut } from './read-cut.ts';

const DAY_MS = 86_400_000;

describe('the people behind the households', () => {
  let cut: Cut;
  let people: Person[];
  beforeAll(async () => {
    cut = await readCut();
    people = derivePeople(cut.households, 2026);
  });

  it('are the same at every run', () => {
    expect(derivePeople(cut.households, 2026)).toEqual(people);
  });

  it('have mail only where RFC 2606 lets nobody have any', () => {
    const emails = people.flatMap(({ email }) => email ?? []);
    expect(emails.length).toBeGreaterThan(300);
    expect(emails.filter((email) => !/^[a-z]+\.\d+@example\.(com|org|net)$/.test(email))).toEqual(
      [],
    );
    expect(new Set(emails).size).toBe(emails.length);
  });

  it('have phones only in ranges kept for fiction, none twice and none of the short demo', () => {
    const phones = people.flatMap(({ phone }) => phone ?? []);
    expect(phones.length).toBeGreaterThan(100);
    const fiction = /^\+1[2-9]\d{2}55501\d{2}$|^\+447700900\d{3}$/;
    expect(phones.filter((phone) => !fiction.test(phone))).toEqual([]);
    expect(new Set(phones).size).toBe(phones.length);
    const cast = [1, 2, 10].flatMap((performance) =>
      Object.values(customersOf(performance)).map(({ phone }) => phone),
    );
    expect(phones.filter((phone) => cast.includes(phone))).toEqual([]);
  });

  it('speak both languages of the library, in many zones', () => {
    const russian = people.filter(({ language }) => language === 'ru');
    expect(russian.length).toBeGreaterThan(20);
    expect(russian.length).toBeLessThan(people.length / 4);
    expect(russian.filter(({ firstName }) => !/^\p{Script=Cyrillic}+$/u.test(firstName))).toEqual(
      [],
    );
    const zones = new Set(people.map(({ zone }) => zone));
    expect(zones.size).toBeGreaterThanOrEqual(10);
    expect([...zones].filter((zone) => !isZone(zone))).toEqual([]);
  });

  it('have agreed, refused or said nothing, in every channel', () => {
    for (const channel of ['email', 'sms', 'push']) {
      const said = new Set(people.map(({ consents }) => consents[channel]));
      expect(said).toEqual(new Set([true, false, undefined]));
    }
    expect(people.some(({ deviceToken }) => deviceToken === null)).toBe(true);
    expect(people.some(({ deviceToken }) => deviceToken !== null)).toBe(true);
  });

  it('have a birthday present due in every three days of the year', () => {
    const from = Date.UTC(2026, 0, 1);
    const due = people
      .flatMap(({ birthday, zone }) =>
        birthday === null
          ? []
          : (nextDateOccurrence(birthday, { offset: '-P3D', at: '10:00' }, zone, from) ?? []),
      )
      .sort((a, b) => a - b);
    expect(due.length).toBeGreaterThan(people.length / 2);
    const gaps = due.map((at, nth) => at - (due[nth - 1] ?? from));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(3 * DAY_MS);
  });

  it('are as old as the source says where it says so', () => {
    for (const [index, { demographics }] of cut.households.entries()) {
      const birthday = people[index]?.birthday ?? null;
      if (birthday === null) continue;
      if (demographics === null) expect(birthday).toMatch(/^--\d{2}-\d{2}$/);
      else if (demographics.age === '45-54') {
        const age = 2026 - Number(birthday.slice(0, 4));
        expect(age >= 45 && age <= 54).toBe(true);
      }
    }
  });
});
