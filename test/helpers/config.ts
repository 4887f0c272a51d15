import type { EnvironmentConfig, ResolvedConfig } from '../../lib/config/environment-config';
import { environments } from '../../lib/config/environments';
import { merge } from '../../lib/config/input';
import { resolveConfig } from '../../lib/config/resolve-config';

type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T]?: DeepPartial<T[K]> }
    : T;

/** The environment's input with some knobs changed, not yet resolved. */
export function testInput(overrides: DeepPartial<EnvironmentConfig> = {}, environment = 'prod') {
  const { cluster, ...rest } = environments[environment] as EnvironmentConfig;
  // An existing cluster takes the place of the environment's own.
  const base = overrides.cluster && 'existing' in overrides.cluster ? rest : { ...rest, cluster };
  return merge(base, overrides) as unknown as EnvironmentConfig;
}

/** The environment's configuration with some knobs changed. */
export function testConfig(
  overrides: DeepPartial<EnvironmentConfig> = {},
  environment = 'prod',
): ResolvedConfig {
  return resolveConfig(environment, testInput(overrides, environment));
}
