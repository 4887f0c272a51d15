import type { ConfigInput } from '../../lib/config/input';
import { UsageError } from '../cli/command';

/**
 * Changes of an environment's configuration from options of the form `<knob>=<value>`.
 * @param pairs dotted path and value; a value that is JSON is taken as such, any other as text
 * @returns the changes as a part of the configuration, for `loadEnvironment`
 * @throws UsageError naming a pair of another form
 */
export function changedKnobs(pairs: readonly string[]): ConfigInput {
  const changes: ConfigInput = {};
  for (const pair of pairs) {
    const [, path, text] = /^([A-Za-z]\w*(?:\.[A-Za-z]\w*)*)=(.*)$/s.exec(pair) ?? [];
    if (path === undefined || text === undefined) {
      throw new UsageError(
        `--set must be <knob>=<value>, for example webAcl.inspectCloudFrontTraffic=both, got ${pair}`,
      );
    }
    put(changes, path.split('.'), parseValue(text));
  }
  return changes;
}

function put(section: ConfigInput, [key = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    section[key] = value;
    return;
  }
  section[key] = section[key] ?? {};
  put(section[key], rest, value);
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
