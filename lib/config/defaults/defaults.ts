import { type ConfigInput, isRecord, textOf } from '../input';
import { imageRepository, UNKNOWN_ACCOUNT } from '../names';
import { autoscalingDefaults } from './autoscaling-defaults';
import { CACHE_DEFAULTS, databaseDefaults } from './data-defaults';
import {
  CDN_DEFAULTS,
  DOMAIN_DEFAULTS,
  loadBalancerDefaults,
  NETWORK_DEFAULTS,
  WEB_ACL_DEFAULTS,
} from './network-defaults';
import { ALARMS_DEFAULTS, budgetDefaults, OBJECTIVES_DEFAULTS } from './observability-defaults';
import {
  adminDefaults,
  adminImage,
  metricsDefaults,
  NGINX_DEFAULTS,
  workloadDefaults,
} from './workload-defaults';

/**
 * Every default, a file for each part of the configuration. Most are constants; a few follow from another knob (zones
 * from the region, the image from the account, the log-in from the pooler, HPA and VPA from the preset, the time-outs of
 * load balancer and pods from the gateway's), which is why
 * this is a function of the input. The seed's numbers are listed with their place in docs/seed-settings.md.
 */
export function defaultsFor(environment: string, input: ConfigInput) {
  const {
    account = UNKNOWN_ACCOUNT,
    autoscaling = {},
    cluster,
    database = {},
    domain,
    gateway,
    region,
  } = input;
  const apiRepository = `${textOf(account)}.dkr.ecr.${textOf(region)}.amazonaws.com/${imageRepository(environment, 'api')}`;
  return {
    environment,
    account: UNKNOWN_ACCOUNT,
    availabilityZones: ['a', 'b', 'c'].map((zone) => `${textOf(region)}${zone}`),
    retainData: true,
    terminationProtection: true,
    domain: isRecord(domain) ? DOMAIN_DEFAULTS : null,
    network: NETWORK_DEFAULTS,
    database: databaseDefaults(database),
    cache: CACHE_DEFAULTS,
    loadBalancer: loadBalancerDefaults(domain, gateway),
    webAcl: WEB_ACL_DEFAULTS,
    cdn: CDN_DEFAULTS,
    workload: workloadDefaults(apiRepository, input),
    admin: adminDefaults(adminImage(input, apiRepository)),
    nginx: NGINX_DEFAULTS,
    metrics: metricsDefaults({ autoscaling, cluster }),
    gitops: null,
    autoscaling: autoscalingDefaults(autoscaling),
    objectives: OBJECTIVES_DEFAULTS,
    observability: 'full',
    alarms: ALARMS_DEFAULTS,
    budget: budgetDefaults(input),
  };
}
