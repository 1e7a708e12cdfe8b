import type { Labels } from './types.ts';

/** In the order of `labelsFor`. What Kairos draws itself is read in the languages of its hosted pages. */
const WORDS = {
  en: [
    'Close',
    'Messages',
    'No messages yet.',
    'Please check what you filled in.',
    'That could not be sent. Please try again.',
  ],
  de: [
    'Schließen',
    'Nachrichten',
    'Noch keine Nachrichten.',
    'Bitte prüfen Sie Ihre Angaben.',
    'Das konnte nicht gesendet werden. Bitte versuchen Sie es noch einmal.',
  ],
  es: [
    'Cerrar',
    'Mensajes',
    'Aún no hay mensajes.',
    'Compruebe lo que ha escrito.',
    'No se ha podido enviar. Inténtelo de nuevo.',
  ],
  fr: [
    'Fermer',
    'Messages',
    'Pas encore de messages.',
    'Vérifiez ce que vous avez écrit.',
    'L’envoi a échoué. Veuillez réessayer.',
  ],
  pl: [
    'Zamknij',
    'Wiadomości',
    'Nie ma jeszcze wiadomości.',
    'Sprawdź wpisane dane.',
    'Nie udało się wysłać. Spróbuj ponownie.',
  ],
  uk: [
    'Закрити',
    'Повідомлення',
    'Повідомлень ще немає.',
    'Перевірте, будь ласка, що ви написали.',
    'Не вдалося надіслати. Спробуйте ще раз.',
  ],
  ru: [
    'Закрыть',
    'Сообщения',
    'Сообщений пока нет.',
    'Проверьте, пожалуйста, что вы написали.',
    'Не удалось отправить. Попробуйте ещё раз.',
  ],
  ar: [
    'إغلاق',
    'الرسائل',
    'لا توجد رسائل بعد.',
    'يرجى التحقق مما كتبته.',
    'تعذّر الإرسال. يرجى المحاولة مرة أخرى.',
  ],
} satisfies Record<string, string[]>;

/** Words in the first of these languages (BCP 47) that they are written in, else in English. */
export function labelsFor(languages: readonly string[]): Labels {
  const known: Partial<Record<string, string[]>> = WORDS;
  const language =
    languages
      .map((tag) => tag.toLowerCase().split('-')[0] ?? '')
      .find((tag) => known[tag] !== undefined) ?? 'en';
  const [close = '', messages = '', none = '', wrong = '', failed = ''] = known[language] ?? [];
  return { close, messages, none, wrong, failed, language };
}
