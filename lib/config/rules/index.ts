import { authenticationRules } from './authentication-rules';
import { autoscalingRules } from './autoscaling-rules';
import { budgetRules } from './budget-rules';
import { cacheRules } from './cache-rules';
import { databaseRules } from './database-rules';
import { domainRules } from './domain-rules';
import { gatewayRules } from './gateway-rules';
import { loadBalancerRules } from './load-balancer-rules';
import { metricsRules } from './metrics-rules';
import { nginxRules } from './nginx-rules';
import { predictiveScalingRules } from './predictive-scaling-rules';
import { productionRules } from './production-rules';
import type { Rule } from './rule';
import { timeoutRules } from './timeout-rules';
import { workloadRules } from './workload-rules';

/** Every rule between knobs, in the order in which their problems are reported. */
export const rules: readonly Rule[] = [
  ...domainRules,
  ...databaseRules,
  ...cacheRules,
  ...loadBalancerRules,
  ...authenticationRules,
  ...nginxRules,
  ...timeoutRules,
  ...workloadRules,
  ...gatewayRules,
  ...autoscalingRules,
  ...metricsRules,
  ...predictiveScalingRules,
  ...budgetRules,
  ...productionRules,
];
