/**
 * A rule that matches names of models or providers, in the form of genai-prices. Letters match in either case; `regex`
 * is applied to the name in small letters.
 */
export type MatchRule =
  | { readonly equals: string }
  | { readonly starts_with: string }
  | { readonly ends_with: string }
  | { readonly contains: string }
  | { readonly regex: string }
  | { readonly or: readonly MatchRule[] }
  | { readonly and: readonly MatchRule[] };

/** The part of a rule that matched a name, as a text to show; undefined where it does not match. */
export type Matcher = (name: string) => string | undefined;

/**
 * Prepares a rule for many names. Names are given in small letters.
 * @throws SyntaxError where a `regex` is none
 */
export function compileRule(rule: MatchRule): Matcher {
  if ('or' in rule) {
    const matchers = rule.or.map(compileRule);
    return (name) => {
      for (const matches of matchers) {
        const found = matches(name);
        if (found !== undefined) return found;
      }
      return undefined;
    };
  }
  if ('and' in rule) {
    const matchers = rule.and.map(compileRule);
    return (name) => {
      const found = matchers.map((matches) => matches(name));
      return found.includes(undefined) ? undefined : found.join(' and ');
    };
  }
  return compileClause(rule);
}

type Clause = Exclude<MatchRule, { or: unknown } | { and: unknown }>;

function compileClause(clause: Clause): Matcher {
  if ('regex' in clause) {
    const pattern = new RegExp(clause.regex);
    return (name) => (pattern.test(name) ? `matches ${clause.regex}` : undefined);
  }
  const [kind = '', value = ''] = Object.entries(clause)[0] ?? [];
  const text = String(value).toLowerCase();
  const shown = `${kind.replaceAll('_', ' ')} "${value}"`;
  return (name) => (CLAUSES[kind]?.(name, text) ? shown : undefined);
}

const CLAUSES: Readonly<Record<string, (name: string, text: string) => boolean>> = {
  equals: (name, text) => name === text,
  starts_with: (name, text) => name.startsWith(text),
  ends_with: (name, text) => name.endsWith(text),
  contains: (name, text) => name.includes(text),
};
