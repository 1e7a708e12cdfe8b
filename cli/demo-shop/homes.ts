/** Somewhere a household may live. */
export interface Home {
  /** IANA. */
  zone: string;
  /** ISO 3166-1 alpha-2. */
  country: string;
  /** Of a hundred households, how many live here. */
  share: number;
  /** Of a hundred of them, how many read Russian rather than English. */
  russian: number;
  /** What phone numbers of fiction begin with here; each is followed by two or three digits. */
  phones: readonly PhoneRange[];
}

/** Numbers that no exchange gives to anybody. */
export interface PhoneRange {
  /** E.164 without the last digits. */
  prefix: string;
  from: number;
  to: number;
  digits: number;
}

/**
 * `555-0100` to `555-0199` are reserved for fiction in every area code of the North American plan.
 * The first twelve of each stay with the dozen of the short demo.
 */
function fictionIn(areaCode: string): PhoneRange {
  return { prefix: `+1${areaCode}55501`, from: 12, to: 99, digits: 2 };
}

/** Mobile numbers that Ofcom keeps free for drama: 07700 900000 to 900999. */
const OFCOM_DRAMA: PhoneRange = { prefix: '+447700900', from: 0, to: 999, digits: 3 };

/**
 * Most live where the source's shop is. No zone of central Europe is among them: there the short
 * demo may move the hour of the birthday present for a minute, for somebody of its own.
 */
export const HOMES: readonly Home[] = [
  home('America/New_York', 'US', { share: 26, russian: 6 }, ['646', '347']),
  home('America/Chicago', 'US', { share: 22, russian: 2 }, ['773', '314']),
  home('America/Los_Angeles', 'US', { share: 16, russian: 4 }, ['213', '206']),
  home('America/Denver', 'US', { share: 9, russian: 0 }, ['720']),
  home('America/Phoenix', 'US', { share: 4, russian: 0 }, ['602']),
  home('America/Anchorage', 'US', { share: 2, russian: 0 }, ['907']),
  home('Pacific/Honolulu', 'US', { share: 2, russian: 0 }, ['808']),
  {
    zone: 'Europe/London',
    country: 'GB',
    share: 6,
    russian: 5,
    phones: [OFCOM_DRAMA],
  },
  home('Europe/Kyiv', 'UA', { share: 5, russian: 60 }, []),
  home('Europe/Riga', 'LV', { share: 3, russian: 70 }, []),
  home('Asia/Almaty', 'KZ', { share: 3, russian: 90 }, []),
  home('Australia/Sydney', 'AU', { share: 2, russian: 0 }, []),
];

function home(
  zone: string,
  country: string,
  { share, russian }: { share: number; russian: number },
  areaCodes: readonly string[],
): Home {
  return { zone, country, share, russian, phones: areaCodes.map(fictionIn) };
}

/** Given names with their Latin form, for addresses. */
export const FIRST_NAMES: Readonly<Record<'en' | 'ru', readonly (readonly [string, string])[]>> = {
  en: latin(
    'Abigail Alice Amber Andrew Audrey Beth Brian Carol Claire Craig Dana Daniel Diane Edith ' +
      'Ethan Fiona Frank Gail George Grace Harold Hazel Holly Ian Irene Jack Janet Joan Julia ' +
      'Keith Laura Leonard Lucy Mark Martha Megan Nathan Nora Owen Paula Rachel Ralph Rose Ruth ' +
      'Simon Stella Susan Teresa Walter Wendy',
  ),
  ru: [
    ['Алёна', 'alyona'],
    ['Андрей', 'andrey'],
    ['Богдан', 'bogdan'],
    ['Валентина', 'valentina'],
    ['Виктор', 'viktor'],
    ['Галина', 'galina'],
    ['Даниил', 'daniil'],
    ['Дарья', 'darya'],
    ['Евгений', 'evgeny'],
    ['Зоя', 'zoya'],
    ['Игорь', 'igor'],
    ['Инна', 'inna'],
    ['Кирилл', 'kirill'],
    ['Ксения', 'ksenia'],
    ['Людмила', 'lyudmila'],
    ['Максим', 'maxim'],
    ['Надежда', 'nadezhda'],
    ['Олег', 'oleg'],
    ['Полина', 'polina'],
    ['Роман', 'roman'],
    ['Светлана', 'svetlana'],
    ['Тимур', 'timur'],
    ['Юлия', 'yulia'],
    ['Ярослав', 'yaroslav'],
  ],
};

function latin(names: string): [string, string][] {
  return names.split(' ').map((name) => [name, name.toLowerCase()]);
}

/** RFC 2606 keeps these free: nobody ever gets mail there. */
export const EMAIL_DOMAINS = ['example.com', 'example.org', 'example.net'] as const;
