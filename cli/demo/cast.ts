/** Somebody who does not exist, in the shop of the demo. */
export interface Person {
  slug: string;
  name: string;
  /** BCP 47. */
  language: 'en' | 'ru';
  /** IANA. */
  zone: string;
  hasEmail: boolean;
  hasPhone: boolean;
  hasDevice: boolean;
  /** Channel -> what the person said; a channel that is not here was never spoken of. */
  consents: Readonly<Record<string, boolean>>;
}

/** A person of the cast with the addresses of this performance. */
export interface Customer extends Person {
  userId: string;
  firstName: string;
  email: string | null;
  /** E.164. */
  phone: string | null;
  deviceToken: string | null;
}

const nobody = { hasEmail: true, hasPhone: false, hasDevice: false, consents: {} } as const;

/** Twelve people, with every kind of address and consent. */
export const CAST = {
  anna: {
    ...nobody,
    slug: 'anna',
    name: 'Anna Reed',
    language: 'en',
    zone: 'America/New_York',
    hasDevice: true,
  },
  dmitry: {
    ...nobody,
    slug: 'dmitry',
    name: 'Дмитрий Соколов',
    language: 'ru',
    zone: 'Europe/Kyiv',
    hasDevice: true,
    consents: { push: true, email: true },
  },
  maria: {
    ...nobody,
    slug: 'maria',
    name: 'Maria Lindqvist',
    language: 'en',
    zone: 'Europe/Stockholm',
    consents: { email: true },
  },
  tom: {
    slug: 'tom',
    name: 'Tom Baker',
    language: 'en',
    zone: 'Europe/London',
    hasEmail: true,
    hasPhone: true,
    hasDevice: true,
    consents: { email: false, push: false, sms: false },
  },
  ivan: {
    ...nobody,
    slug: 'ivan',
    name: 'Иван Марченко',
    language: 'ru',
    zone: 'Europe/Warsaw',
    hasPhone: true,
  },
  olga: {
    ...nobody,
    slug: 'olga',
    name: 'Ольга Петрова',
    language: 'ru',
    zone: 'Europe/Riga',
    consents: { email: true },
  },
  priya: { ...nobody, slug: 'priya', name: 'Priya Nair', language: 'en', zone: 'Asia/Kolkata' },
  elena: { ...nobody, slug: 'elena', name: 'Elena Costa', language: 'en', zone: 'Europe/Lisbon' },
  lucas: { ...nobody, slug: 'lucas', name: 'Lucas Meyer', language: 'en', zone: 'Europe/Berlin' },
  sofia: {
    ...nobody,
    slug: 'sofia',
    name: 'Sofia Rossi',
    language: 'en',
    zone: 'Europe/Rome',
    hasDevice: true,
  },
  peter: { ...nobody, slug: 'peter', name: 'Peter Novak', language: 'en', zone: 'Europe/Prague' },
  vera: { ...nobody, slug: 'vera', name: 'Вера Лебедева', language: 'ru', zone: 'Asia/Almaty' },
} as const satisfies Record<string, Person>;

export type Role = keyof typeof CAST;
export type Customers = Readonly<Record<Role, Customer>>;

export const ROLES = Object.keys(CAST) as Role[];

/** `555-01XX` is kept free for fiction in each of them. */
const AREA_CODES = ['202', '212', '303', '312', '404', '415', '503', '617', '713', '808'];

/** The cast of the n-th performance on one data folder: nobody appears twice. */
export function customersOf(performance: number): Customers {
  const customers = ROLES.map((role, index): [Role, Customer] => {
    const person: Person = CAST[role];
    const suffix = performance === 1 ? '' : `-${String(performance)}`;
    const area = AREA_CODES[(performance - 1) % AREA_CODES.length] ?? '202';
    return [
      role,
      {
        ...person,
        userId: `demo-${person.slug}${suffix}`,
        firstName: person.name.split(' ')[0] ?? person.name,
        email: person.hasEmail ? `${person.slug}${suffix}@shop.example` : null,
        phone: person.hasPhone ? `+1${area}55501${String(index).padStart(2, '0')}` : null,
        deviceToken: person.hasDevice ? `demo-phone-of-${person.slug}${suffix}` : null,
      },
    ];
  });
  return Object.fromEntries(customers) as Record<Role, Customer>;
}
