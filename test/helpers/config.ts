import type { EnvironmentConfig, ResolvedConfig } from '../../lib/config/environment-config';
import { environments } from '../../lib/config/environments';
import { merge } from '../../lib/config/input';
import { ConfigError } from '../../lib/config/problem';
import { resolveConfig } from '../../lib/config/resolve-config';

type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T]?: DeepPartial<T[K]> }
    : T;

/** What predictive scaling has to know of an existing cluster. */
export const EXISTING_API = {
  endpoint: 'https://0123456789ABCDEF.gr7.us-east-1.eks.amazonaws.com',
  certificateAuthority: 'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg==',
};

/** A cluster that is there already. */
export const EXISTING_CLUSTER = {
  name: 'shared',
  version: '1.34',
  securityGroupId: 'sg-0123456789abcdef0',
  ...EXISTING_API,
  loadBalancerController: 'aws-load-balancer-controller',
} as const;

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

/** Everything that is wrong with an environment after `overrides`, one line each. */
export function problems(
  overrides: DeepPartial<EnvironmentConfig> | Record<string, unknown>,
  environment = 'prod',
): readonly string[] {
  try {
    resolveConfig(environment, testInput(overrides as DeepPartial<EnvironmentConfig>, environment));
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
