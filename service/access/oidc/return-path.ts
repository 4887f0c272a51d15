/** Longest path, characters: the cookie of a log-in holds it. */
const MOST_CHARACTERS = 1024;

/** Any origin: a path that leaves it is refused. */
const ORIGIN = 'https://service.invalid';

/**
 * Path where the browser goes after a log-in, within the own origin. Browsers read `//host` and `/\host` as another host,
 * and drop tabs and line ends, so that only plain characters are taken.
 * @returns undefined for anything else
 */
export function returnPathOf(text: string): string | undefined {
  if (text.length > MOST_CHARACTERS || !/^\/(?!\/)[\x21-\x5b\x5d-\x7e]*$/.test(text)) return undefined;
  if (!URL.canParse(text, ORIGIN)) return undefined;
  const url = new URL(text, ORIGIN);
  const path = `${url.pathname}${url.search}${url.hash}`;
  return url.origin === ORIGIN && !path.startsWith('//') ? path : undefined;
}
