import { popularRank } from './popularity.ts';

/** Users that the rows of a test are spread over. */
export const USER_COUNT = 1000;

/** Beginning of the ids of the users that write, to find and remove their rows by. */
export const USER_PREFIX = 'load-test-';

/** Prompts that callers repeat, some of them often and most of them seldom. */
export const POPULAR_COUNT = 5000;

const DAY_MS = 86_400_000;

/** What stands for each placeholder of a mix. */
const PLACEHOLDERS: Readonly<Record<string, () => string>> = {
  user: () => `${USER_PREFIX}${Math.floor(Math.random() * USER_COUNT)}`,
  popular: () => String(popularRank(POPULAR_COUNT, Math.random)),
  now: () => new Date().toISOString(),
  today: () => beginOfDay(0),
  tomorrow: () => beginOfDay(1),
  week_ago: () => beginOfDay(-7),
};

function beginOfDay(daysFromNow: number): string {
  return `${new Date(Date.now() + daysFromNow * DAY_MS).toISOString().slice(0, 10)}T00:00:00Z`;
}

/** Makes a text with other values for its placeholders each time. */
export type Template = () => string;

/** Splits a text at its placeholders, once. Braces around any other word stay: JSON is full of them. */
export function template(text: string): Template {
  const parts = text.split(/\{(\w+)\}/);
  const fillers = parts.map((part, index) => (index % 2 === 0 ? undefined : PLACEHOLDERS[part]));
  return () => {
    let filled = '';
    for (let index = 0; index < parts.length; index += 1) {
      const part = parts[index] ?? '';
      filled += index % 2 === 0 ? part : (fillers[index]?.() ?? `{${part}}`);
    }
    return filled;
  };
}
