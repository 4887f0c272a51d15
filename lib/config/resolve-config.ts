import { resolveAuthentication } from './defaults/authentication-defaults';
import { EXISTING_CLUSTER_DEFAULTS, managedClusterDefaults } from './defaults/cluster-defaults';
import { defaultsFor } from './defaults/defaults';
import { resolveGateway } from './defaults/gateway-defaults';
import { resolvePredictiveScaling } from './defaults/predictive-scaling-defaults';
import type { EnvironmentConfig, ResolvedConfig } from './environment-config';
import { environments } from './environments';
import { type ConfigInput, isRecord, merge, textOf, valueAt } from './input';
import { clusterAdminRole } from './names';
import { ConfigError, type ConfigProblem } from './problem';
import { rules } from './rules';
import { schema } from './schema';

/** Knobs whose default follows from required knobs (see defaults/). */
const DERIVED_DEFAULTS = [
  'availabilityZones',
  'loadBalancer.routingRules',
  'workload.image.repository',
  'admin.image',
  'admin.image.repository',
  'cluster.apiSecurityGroupId',
  'gateway.providers',
  'gateway.models',
  'predictiveScaling.workloads',
];

const EXISTING_CLUSTER_KNOBS = [
  'name',
  'version',
  'securityGroupId',
  'loadBalancerController',
  'serviceCidr',
  'endpoint',
  'certificateAuthority',
  'apiSecurityGroupId',
];

/**
 * The environment `name` of environments.ts, resolved.
 * @param changes of its knobs, for a question such as what it would cost with them. @default - none
 * @param account of an environment that names none. @default UNKNOWN_ACCOUNT
 * @throws ConfigError that lists the valid names, or the problems of the environment's configuration
 */
export function loadEnvironment(name: unknown, changes: ConfigInput = {}, account?: string): ResolvedConfig {
  const names = Object.keys(environments).join(', ');
  if (name === undefined || name === null || name === '') {
    throw new ConfigError([`env must be one of ${names}, but none was given: add -c env=<name>`]);
  }
  const config = typeof name === 'string' && Object.hasOwn(environments, name) && environments[name];
  if (!config) {
    throw new ConfigError([`env must be one of ${names}, got ${JSON.stringify(name)}`]);
  }
  return resolveConfig(
    name as string,
    merge({ account, ...config }, changes) as unknown as EnvironmentConfig,
  );
}

/**
 * Applies the defaults once, then checks every value and every rule between values.
 * @throws ConfigError with all problems, e.g. `prod.autoscaling.hpa.minReplicas must be at most …`
 */
export function resolveConfig(environment: string, config: EnvironmentConfig): ResolvedConfig {
  const input: ConfigInput = isRecord(config) ? config : {};
  const candidate = withDefaults(environment, input);
  const faults = schemaProblems(candidate);
  const broken = faults.map(({ path }) => path);
  const problems = faults.filter(({ path }) => !isDerived(path, input));
  for (const rule of rules) {
    if (!rule.reads.some((path) => broken.some((other) => overlaps(path, other)))) {
      problems.push(...rule.check(candidate as unknown as ResolvedConfig));
    }
  }
  const all = [
    ...existingClusterProblems(input.cluster),
    ...problems.map(({ path, message }) => ({ path: knobPath(path, input), message })),
  ];
  if (all.length > 0) {
    throw new ConfigError(all.map(({ path, message }) => `${environment}.${path} ${message}`));
  }
  return candidate as unknown as ResolvedConfig;
}

function withDefaults(environment: string, input: ConfigInput): ConfigInput {
  const { authentication, cluster = {}, gateway, predictiveScaling, ...rest } = input;
  const merged = merge(defaultsFor(environment, { ...shielded(rest), cluster, gateway }), rest);
  return {
    ...merged,
    authentication: resolveAuthentication(authentication),
    cluster: resolveCluster(environment, cluster, textOf(merged.account)),
    gateway: resolveGateway(gateway, input.region, merged),
    predictiveScaling: resolvePredictiveScaling(environment, predictiveScaling, merged),
  };
}

/** The input with sections that are not objects left out, so that defaults can be computed from the others. */
function shielded(input: ConfigInput): ConfigInput {
  const sections = ['domain', 'database', 'autoscaling'];
  return Object.fromEntries(
    Object.entries(input).filter(([key, value]) => !sections.includes(key) || isRecord(value)),
  );
}

/** A managed or an existing cluster, in the one shape of `ResolvedCluster`. */
function resolveCluster(environment: string, input: unknown, account: string): unknown {
  if (!isRecord(input)) return input;
  const { existing, ...own } = input;
  if (existing === undefined) return withAdminRole(merge(managedClusterDefaults(environment), own), account);
  const { containerInsights, verticalPodAutoscaler } = own;
  const given = isRecord(existing) ? existing : {};
  return merge(EXISTING_CLUSTER_DEFAULTS, {
    apiSecurityGroupId: given.securityGroupId,
    ...given,
    containerInsights,
    verticalPodAutoscaler,
  });
}

/** The role that the Cluster stack is to create, among the others. */
function withAdminRole({ createAdminRole, ...cluster }: ConfigInput, account: string): ConfigInput {
  const { adminRoleArns, name } = cluster;
  if (createAdminRole !== true || !Array.isArray(adminRoleArns)) {
    // The schema reports a value that is no flag.
    return { ...cluster, adminRoleName: createAdminRole === false ? null : createAdminRole };
  }
  const adminRoleName = clusterAdminRole(textOf(name));
  const created = `arn:aws:iam::${account}:role/${adminRoleName}`;
  return { ...cluster, adminRoleName, adminRoleArns: [...adminRoleArns, created] };
}

/** Problems for knobs of a managed cluster next to `existing`: without an error they would have no effect. */
function existingClusterProblems(cluster: unknown): ConfigProblem[] {
  if (!isRecord(cluster) || cluster.existing === undefined) return [];
  return Object.keys(cluster)
    .filter((key) => cluster[key] !== undefined)
    .filter((key) => !['existing', 'containerInsights', 'verticalPodAutoscaler'].includes(key))
    .map((key) => ({ path: `cluster.${key}`, message: 'is not a knob next to cluster.existing' }));
}

/** Whether the knob at `path` is absent and its default follows from another knob, which is the one that is wrong. */
function isDerived(path: string, input: ConfigInput): boolean {
  return DERIVED_DEFAULTS.some(
    (knob) => isWithin(path, knob) && valueAt(input, knobPath(knob, input)) === undefined,
  );
}

/** Path of the knob in the user's input, where the knobs of an existing cluster are one level deeper. */
function knobPath(path: string, input: ConfigInput): string {
  if (path === 'cluster.adminRoleName') return 'cluster.createAdminRole';
  const existing = valueAt(input, 'cluster.existing');
  const knob = /^cluster\.(\w+)$/.exec(path)?.[1];
  return existing !== undefined && knob && EXISTING_CLUSTER_KNOBS.includes(knob)
    ? `cluster.existing.${knob}`
    : path;
}

function schemaProblems(candidate: ConfigInput): ConfigProblem[] {
  const result = schema.safeParse(candidate);
  if (result.success) return [];
  return result.error.issues.flatMap(({ path, message, ...issue }) => {
    const at = path.join('.');
    if (issue.code !== 'unrecognized_keys') return [{ path: at, message }];
    return issue.keys.map((key) => ({ path: at ? `${at}.${key}` : key, message: 'is not a knob' }));
  });
}

/** Whether one path is the other or lies inside it. */
function overlaps(a: string, b: string): boolean {
  return isWithin(a, b) || isWithin(b, a);
}

function isWithin(path: string, knob: string): boolean {
  return path === knob || path.startsWith(`${knob}.`);
}
