/** Traits that are read off the profile at the moment of asking and stand nowhere. */
export const ZONE = 'zone';
export const LANGUAGE = 'language';
export const AGE = 'age';
export const COMPUTED: ReadonlySet<string> = new Set([ZONE, LANGUAGE, AGE]);

/** The attribute that the age is reckoned from: `YYYY-MM-DD`. */
export const BIRTHDAY = 'birthday';
