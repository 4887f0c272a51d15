import { isRecord } from '../../../lib/config/input';
import type { LocalCheck } from '../context';
import { type Answer, ok, problem } from '../finding';

/** Values that the repository has instead of yours, and that no account can use. */
const PLACEHOLDERS: readonly { readonly is: RegExp; readonly what: string }[] = [
  { is: /(^|\D)(111111111111|222222222222|333333333333)(\D|$)/, what: 'an account of the repository' },
  { is: /(^|[./@])example\.(com|net|org)(\W|$)/, what: 'a name that IANA keeps for documentation' },
  { is: /^Z0?[A-Z0-9]*EXAMPLE$/, what: 'a hosted zone of the repository' },
  { is: /^(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+\//, what: 'a range that is kept for documentation' },
];

/** The environment as somebody cloned it still has accounts, hosts and addresses of nobody. */
export const placeholders: LocalCheck = {
  name: 'placeholders',
  run: async ({ config, input }) => placeholderAnswers(config.environment, input),
};

/** A problem for each knob with a placeholder. */
export function placeholderAnswers(environment: string, input: unknown): Answer[] {
  const found = leaves(input, environment).flatMap(({ path, value }) => {
    const placeholder = PLACEHOLDERS.find(({ is }) => is.test(value));
    if (!placeholder) return [];
    return [
      problem(`${path} is ${placeholder.what}: ${value}`, 'enter your own in lib/config/environments.ts'),
    ];
  });
  return found.length > 0 ? found : [ok('no value of the repository is left in the configuration')];
}

/** All texts of a configuration with their paths. */
function leaves(value: unknown, path: string): { readonly path: string; readonly value: string }[] {
  if (typeof value === 'string') return [{ path, value }];
  if (Array.isArray(value)) return value.flatMap((item, index) => leaves(item, `${path}.${index}`));
  if (isRecord(value))
    return Object.entries(value).flatMap(([key, child]) => leaves(child, `${path}.${key}`));
  return [];
}
