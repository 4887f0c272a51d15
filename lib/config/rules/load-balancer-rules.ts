import { GATEWAY_PATH_PATTERNS } from '../../../service/contract';
import type { ResolvedConfig } from '../environment-config';
import type { ConfigProblem } from '../problem';
import { type Rule, when } from './rule';

/** Most values of all conditions of one listener rule together (an ALB quota). */
const MAX_CONDITION_VALUES = 5;

/** Settings that the load balancer would reject, and routing rules that could never apply. */
export const loadBalancerRules: readonly Rule[] = [
  {
    reads: [
      'loadBalancer.apiTargetGroupName',
      'loadBalancer.adminTargetGroupName',
      'loadBalancer.gatewayTargetGroupName',
    ],
    check: ({
      loadBalancer: { apiTargetGroupName: api, adminTargetGroupName: admin, gatewayTargetGroupName: gateway },
    }) => [
      ...when(
        api === admin,
        'loadBalancer.adminTargetGroupName',
        `must differ from apiTargetGroupName (${api}), got ${admin}`,
      ),
      ...when(
        gateway === api || gateway === admin,
        'loadBalancer.gatewayTargetGroupName',
        `must differ from apiTargetGroupName (${api}) and adminTargetGroupName (${admin}), got ${gateway}`,
      ),
    ],
  },
  {
    reads: ['loadBalancer.exposure', 'loadBalancer.cloudFrontPrefixListId'],
    check: ({ loadBalancer: { exposure, cloudFrontPrefixListId: id } }) => [
      ...when(
        exposure === 'cloudfront-only' && id === null,
        'loadBalancer.cloudFrontPrefixListId',
        "must be given with exposure 'cloudfront-only': aws ec2 describe-managed-prefix-lists --filters Name=prefix-list-name,Values=com.amazonaws.global.cloudfront.origin-facing",
      ),
      ...when(
        exposure === 'public' && id !== null,
        'loadBalancer.cloudFrontPrefixListId',
        `must be null with exposure 'public' (a public load balancer accepts every address), got ${JSON.stringify(id)}`,
      ),
    ],
  },
  {
    reads: ['loadBalancer.slowStartSeconds', 'loadBalancer.algorithm', 'loadBalancer.stickinessSeconds'],
    check: ({ loadBalancer: { slowStartSeconds, algorithm, stickinessSeconds } }) => [
      ...when(
        slowStartSeconds > 0 && algorithm !== 'round_robin',
        'loadBalancer.slowStartSeconds',
        `must be 0 with algorithm '${algorithm}' (only round_robin has slow start), got ${slowStartSeconds}`,
      ),
      ...when(
        slowStartSeconds > 0 && stickinessSeconds > 0,
        'loadBalancer.slowStartSeconds',
        `must be 0 with stickiness (${stickinessSeconds} s; sticky clients bypass slow start), got ${slowStartSeconds}`,
      ),
    ],
  },
  {
    reads: ['loadBalancer.healthCheck'],
    check: ({
      loadBalancer: {
        healthCheck: { timeoutSeconds, intervalSeconds },
      },
    }) =>
      when(
        timeoutSeconds >= intervalSeconds,
        'loadBalancer.healthCheck.timeoutSeconds',
        `must be below intervalSeconds (${intervalSeconds}), got ${timeoutSeconds}`,
      ),
  },
  { reads: ['loadBalancer.routingRules'], check: routingRuleProblems },
  { reads: ['loadBalancer.routingRules', 'domain'], check: hostRuleProblems },
  { reads: ['loadBalancer.routingRules', 'domain.api'], check: gatewayRuleProblems },
];

function routingRuleProblems({ loadBalancer: { routingRules } }: ResolvedConfig): ConfigProblem[] {
  return routingRules.flatMap((rule, index) => {
    const path = `loadBalancer.routingRules.${index}`;
    const values = rule.paths.length + rule.hosts.length;
    const twin = routingRules.findIndex((other) => other.priority === rule.priority);
    const shadow = routingRules.find((earlier) => shadows(earlier, rule));
    return [
      ...when(twin < index, `${path}.priority`, `must be unique, but rule ${twin} has ${rule.priority} too`),
      ...when(values === 0, path, 'must have at least one path or host, got none'),
      ...when(
        values > MAX_CONDITION_VALUES,
        path,
        `must have at most ${MAX_CONDITION_VALUES} paths and hosts together, got ${values}`,
      ),
      ...when(
        shadow !== undefined,
        `${path}.hosts`,
        `must not be shadowed by the rule of priority ${shadow?.priority}, which matches ${shadow?.paths.join(', ')} on every host: add hosts to that rule`,
      ),
    ];
  });
}

/** Without a domain, no rule can name a host: CloudFront's own name is known after the deployment. */
function hostRuleProblems({ domain, loadBalancer: { routingRules } }: ResolvedConfig): ConfigProblem[] {
  if (domain !== null) return [];
  return routingRules.flatMap(({ hosts }, index) =>
    when(
      hosts.length > 0,
      `loadBalancer.routingRules.${index}.hosts`,
      `must be empty where domain is null (the host is CloudFront's own name), got ${hosts.join(', ')}`,
    ),
  );
}

/** On the api host, every path of the gateway goes to its target group: the first rule that matches counts. */
function gatewayRuleProblems({ domain, loadBalancer: { routingRules } }: ResolvedConfig): ConfigProblem[] {
  const inOrder = [...routingRules].sort((a, b) => a.priority - b.priority);
  const missed = GATEWAY_PATH_PATTERNS.flatMap((pattern) => {
    const first = inOrder.find(
      ({ hosts, paths }) =>
        (hosts.length === 0 || (domain !== null && hosts.includes(domain.api))) &&
        (paths.length === 0 || paths.some((path) => covers(path, pattern))),
    );
    return first?.target === 'gateway' ? [] : [{ pattern, first }];
  });
  return missed.slice(0, 1).map(({ pattern, first }) => ({
    path: 'loadBalancer.routingRules',
    message: `must send ${GATEWAY_PATH_PATTERNS.join(', ')} on ${domain?.api ?? 'every host'} to the target 'gateway', by priorities below those of other rules that match them, but ${pattern} goes to '${first?.target ?? 'api'}'${first ? ` by the rule of priority ${first.priority}` : ', the default'}`,
  }));
}

/** Whether every path that `pattern` matches is matched by `path`; both may end with an asterisk. */
function covers(path: string, pattern: string): boolean {
  if (!path.endsWith('*')) return path === pattern;
  return pattern.startsWith(path.slice(0, -1));
}

type RoutingRule = ResolvedConfig['loadBalancer']['routingRules'][number];

/** Whether `earlier` matches paths on every host, and so also requests that `rule` would route to another target. */
function shadows(earlier: RoutingRule, rule: RoutingRule): boolean {
  return (
    earlier.priority < rule.priority &&
    earlier.target !== rule.target &&
    earlier.hosts.length === 0 &&
    rule.hosts.length > 0
  );
}
