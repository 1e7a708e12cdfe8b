import { chooseLanguage } from '#domain/template/choose-language.ts';
import type { Keyword } from './keywords.ts';

/** What is answered, each short enough for two parts of a text in any alphabet. */
const REPLIES: Readonly<Record<string, Readonly<Record<Keyword, string>>>> = {
  en: {
    stop: 'You will get no more offers by text message. Reply START to get them again.',
    start: 'You will get our offers by text message again. Reply STOP to end them.',
    help: 'Offers by text message: reply STOP to end them, START to get them again.',
  },
  de: {
    stop: 'Sie erhalten keine Angebote per SMS mehr. Mit START erhalten Sie sie wieder.',
    start: 'Sie erhalten unsere Angebote per SMS wieder. Mit STOP ist Schluss.',
    help: 'Angebote per SMS: Antworten Sie STOP zum Beenden, START zum Fortsetzen.',
  },
  es: {
    stop: 'No recibira mas ofertas por SMS. Responda START para recibirlas de nuevo.',
    start: 'Recibira de nuevo nuestras ofertas por SMS. Responda STOP para terminar.',
    help: 'Ofertas por SMS: responda STOP para terminar, START para recibirlas.',
  },
  fr: {
    stop: 'Vous ne recevrez plus nos offres par SMS. Repondez START pour les recevoir.',
    start: 'Vous recevrez de nouveau nos offres par SMS. Repondez STOP pour arreter.',
    help: 'Offres par SMS : repondez STOP pour arreter, START pour les recevoir.',
  },
  pl: {
    stop: 'Nie wyslemy juz ofert SMS. Odpisz START, aby otrzymywac je znowu.',
    start: 'Znowu otrzymasz oferty SMS. Odpisz STOP, aby zrezygnowac.',
    help: 'Oferty SMS: odpisz STOP, aby zrezygnowac, START, aby otrzymywac.',
  },
  uk: {
    stop: 'Пропозицій у SMS більше не буде. Щоб отримувати їх знову: СТАРТ',
    start: 'Ви знову отримуватимете пропозиції в SMS. Щоб припинити: СТОП',
    help: 'Пропозиції в SMS: СТОП, щоб припинити, СТАРТ, щоб отримувати.',
  },
  ru: {
    stop: 'Предложений в SMS больше не будет. Чтобы получать их снова: СТАРТ',
    start: 'Вы снова будете получать предложения в SMS. Отказаться: СТОП',
    help: 'Предложения в SMS: СТОП, чтобы отказаться, СТАРТ, чтобы получать.',
  },
  ar: {
    stop: 'لن تصلك عروض برسائل نصية بعد الآن. أرسل START لاستئنافها.',
    start: 'ستصلك عروضنا برسائل نصية من جديد. أرسل STOP لإيقافها.',
    help: 'العروض برسائل نصية: أرسل STOP لإيقافها وSTART لاستئنافها.',
  },
};

/**
 * The answer to a word: in its own language; of several that have it, as of English, which is
 * understood everywhere, in the person's.
 */
export function keywordReply(
  keyword: Keyword,
  said: readonly string[],
  wishes: readonly (string | null | undefined)[],
): string {
  const languages = said.includes('en') ? Object.keys(REPLIES) : said;
  const chosen = chooseLanguage(languages, wishes) ?? 'en';
  return REPLIES[chosen]?.[keyword] ?? '';
}
