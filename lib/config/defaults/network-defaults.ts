import { ADMIN_PATHS, GATEWAY_PATH_PATTERNS } from '../../../service/contract';
import { leastIdleSeconds, numberAt } from '../call-times';
import { type ConfigInput, isRecord } from '../input';
import { LONGEST_CALL_SECONDS } from './gateway-defaults';

/** No hosted zone; null certificate ARNs mean that the stacks request certificates. */
export const DOMAIN_DEFAULTS = { hostedZone: null, certificateArn: null, cdnCertificateArn: null };

export const NETWORK_DEFAULTS = {
  cidr: '10.0.0.0/16',
  natGateways: 3,
  interfaceEndpoints: ['ecr.api', 'ecr.dkr', 'eks-auth', 'logs', 'monitoring', 'secretsmanager', 'sts'],
  flowLogRetentionDays: 90,
};

export const CDN_DEFAULTS = { priceClass: 'PriceClass_100', readTimeoutSeconds: 60, logRetentionDays: 90 };

export const WEB_ACL_DEFAULTS = {
  rateLimitPer5Minutes: 10_000,
  keyRateLimitPer5Minutes: 300_000,
  programRateLimitPer5Minutes: 600_000,
  inspectCloudFrontTraffic: 'edge',
  logRetentionDays: 30,
};

/**
 * @param domain whose hosts the routing rules name; without one they have no hosts
 * @param gateway whose longest call the load balancer waits for
 */
export function loadBalancerDefaults(domain: unknown, gateway: unknown) {
  return {
    name: 'llm-cost-ops-alb',
    apiTargetGroupName: 'llm-api-servers',
    adminTargetGroupName: 'admin-servers',
    gatewayTargetGroupName: 'llm-gateway',
    exposure: 'public',
    cloudFrontPrefixListId: null,
    sslPolicy: 'ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09',
    idleTimeoutSeconds: leastIdleSeconds(numberAt(gateway, 'longestCallSeconds', LONGEST_CALL_SECONDS)),
    healthCheck: {
      intervalSeconds: 30,
      timeoutSeconds: 5,
      healthyThreshold: 2,
      unhealthyThreshold: 3,
      matcher: '200-299',
    },
    algorithm: 'least_outstanding_requests',
    stickinessSeconds: 3600,
    slowStartSeconds: 0,
    deregistrationDelaySeconds: 30,
    routingRules: isRecord(domain) ? rulesByHost(domain) : RULES_BY_PATH,
    logRetentionDays: 90,
  };
}

/**
 * The seed's rule 1 has the path alone, which would also match admin.example.com/api/v1/…; this one names the API's
 * hosts. CloudFront forwards the viewer's Host header, so the app host is one of them. The gateway's paths are within
 * rule 1's, so its rules come first: the seed's keep their order, not their numbers.
 */
function rulesByHost(domain: ConfigInput) {
  const publicHosts = [domain.api, domain.app];
  return [
    { priority: 1, paths: GATEWAY_PATH_PATTERNS.slice(0, 3), hosts: publicHosts, target: 'gateway' },
    { priority: 2, paths: GATEWAY_PATH_PATTERNS.slice(3), hosts: publicHosts, target: 'gateway' },
    { priority: 11, paths: ['/api/v1/*'], hosts: publicHosts, target: 'api' },
    { priority: 12, paths: [], hosts: [domain.admin], target: 'admin' },
    // The web application calls admin routes on its own host: its cookies and its content security policy end there.
    { priority: 13, paths: [ADMIN_PATHS], hosts: [domain.app], target: 'admin' },
  ];
}

/** The same without a domain: there is one host, whose name is known after the deployment. */
const RULES_BY_PATH = [
  { priority: 1, paths: GATEWAY_PATH_PATTERNS, hosts: [], target: 'gateway' },
  { priority: 11, paths: ['/api/v1/*'], hosts: [], target: 'api' },
  { priority: 13, paths: [ADMIN_PATHS], hosts: [], target: 'admin' },
];
