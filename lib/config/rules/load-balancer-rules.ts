import type { ResolvedConfig } from '../environment-config';
import type { ConfigProblem } from '../problem';
import { type Rule, when } from './rule';

/** Most values of all conditions of one listener rule together (an ALB quota). */
const MAX_CONDITION_VALUES = 5;

/** Settings that the load balancer would reject, and routing rules that could never apply. */
export const loadBalancerRules: readonly Rule[] = [
  {
    reads: ['loadBalancer.apiTargetGroupName', 'loadBalancer.adminTargetGroupName'],
    check: ({ loadBalancer: { apiTargetGroupName: api, adminTargetGroupName: admin } }) =>
      when(
        api === admin,
        'loadBalancer.adminTargetGroupName',
        `must differ from apiTargetGroupName (${api}), got ${admin}`,
      ),
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
