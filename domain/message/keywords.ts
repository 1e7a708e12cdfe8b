/** What somebody asks of a shop by answering one of its texts. */
export type Keyword = 'stop' | 'start' | 'help';

/** Longer than any of the words; a letter that begins with one is a letter. */
const TEXT_MAX = 40;

/** By what is asked, then by language: the words that people know from their operators. */
const WORDS: Readonly<Record<Keyword, Readonly<Record<string, readonly string[]>>>> = {
  stop: {
    en: [
      ...['STOP', 'STOPALL', 'STOP ALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE'],
      ...['OPTOUT', 'OPT OUT', 'OPT-OUT', 'REMOVE ME'],
    ],
    de: ['STOPP', 'ABMELDEN', 'ABBESTELLEN', 'AUFHOEREN', 'AUFHÖREN'],
    es: ['ALTO', 'PARAR', 'BAJA', 'CANCELAR', 'DETENER'],
    fr: ['ARRET', 'ARRÊT', 'ARRETER', 'ARRÊTER', 'DESABONNER', 'DÉSABONNER'],
    pl: ['REZYGNUJE', 'REZYGNUJĘ', 'WYPISZ', 'ANULUJ', 'KONIEC'],
    uk: ['СТОП', 'ВІДПИСАТИСЯ', 'ВІДПИСАТИСЬ', 'ВІДПИСКА', 'ВІДПИСАТИ'],
    ru: ['СТОП', 'ОТПИСАТЬСЯ', 'ОТПИСКА', 'ОТПИСАТЬ', 'ОТМЕНА'],
    ar: ['إيقاف', 'ايقاف', 'توقف', 'إلغاء', 'الغاء'],
  },
  start: {
    en: ['START', 'UNSTOP', 'SUBSCRIBE', 'OPTIN', 'OPT IN', 'OPT-IN'],
    de: ['ANMELDEN', 'STARTEN'],
    es: ['INICIAR', 'ALTA', 'SUSCRIBIR'],
    fr: ['DEBUT', 'DÉBUT', 'REPRENDRE', 'ABONNER'],
    pl: ['ZAPISZ', 'WZNOW', 'WZNÓW'],
    uk: ['СТАРТ', 'ПІДПИСАТИСЯ', 'ПІДПИСАТИСЬ', 'ПІДПИСКА'],
    ru: ['СТАРТ', 'ПОДПИСАТЬСЯ', 'ПОДПИСКА'],
    ar: ['ابدأ', 'ابدا', 'اشتراك'],
  },
  help: {
    en: ['HELP', 'INFO'],
    de: ['HILFE'],
    es: ['AYUDA'],
    fr: ['AIDE'],
    pl: ['POMOC'],
    uk: ['ДОПОМОГА', 'ІНФО'],
    ru: ['ПОМОЩЬ', 'ИНФО'],
    ar: ['مساعدة', 'مساعده'],
  },
};

/** A word that was understood. */
export interface KeywordSaid {
  keyword: Keyword;
  /** Base tags of the languages that have it; English words are understood everywhere. */
  languages: readonly string[];
}

const SAID = new Map<string, KeywordSaid>();
for (const [keyword, byLanguage] of Object.entries(WORDS)) {
  for (const [language, words] of Object.entries(byLanguage)) {
    for (const word of words) {
      const languages = [...(SAID.get(word)?.languages ?? []), language];
      SAID.set(word, { keyword: keyword as Keyword, languages });
    }
  }
}

/**
 * What a text asks for, where it is one of the words and nothing else but marks and spaces around
 * it: `Stop.` is, `stop sending me blue ones` is for a human to read. Null: it is no such word.
 */
export function keywordIn(text: string): KeywordSaid | null {
  if (text.length > TEXT_MAX) return null;
  const word = text
    .normalize('NFC')
    .toUpperCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}-]+/gu, ' ')
    .trim();
  return SAID.get(word) ?? null;
}
