import type { ResolvedConfig } from './environment-config';
import { valueAt } from './input';
import { instanceMemoryGib } from './instance-memory';
import type { ConfigProblem } from './problem';
import { cpuMillis, memoryMib } from './quantities';

/** A rule between knobs. It is skipped when a knob that it reads is wrong in itself. */
export interface Rule {
  /** Paths of the knobs it reads. */
  readonly reads: readonly string[];
  readonly check: (config: ResolvedConfig) => readonly ConfigProblem[];
}

/** Kubernetes minor version from which the VPA's InPlaceOrRecreate mode works. */
const IN_PLACE_RESIZE_MINOR = 33;

/** Kubernetes minor version from which a preStop hook may be a plain sleep, which needs no shell in the image. */
const SLEEP_HOOK_MINOR = 30;

/** `max_connections` that RDS keeps for itself and for superusers; nobody else may count on them. */
const RESERVED_CONNECTIONS = 5;

/** `proxy_read_timeout` of the seed's NGINX balancer, seconds. */
export const NGINX_READ_TIMEOUT_SECONDS = 60;

/** Values that all conditions of one listener rule may have together (an ALB quota). */
const MAX_CONDITION_VALUES = 5;

const problem = (path: string, message: string): ConfigProblem => ({ path, message });
const when = (condition: boolean, path: string, message: string) =>
  condition ? [problem(path, message)] : [];

export const rules: readonly Rule[] = [
  // Region, zones, domains
  {
    reads: ['region', 'availabilityZones'],
    check: ({ region, availabilityZones: zones }) =>
      when(
        new Set(zones).size !== 3 || zones.length !== 3 || zones.some((zone) => zone.slice(0, -1) !== region),
        'availabilityZones',
        `must be three different zones of ${region}, got ${JSON.stringify(zones)}`,
      ),
  },
  {
    reads: ['domain'],
    check: ({ domain: { api, admin, app } }) =>
      when(
        new Set([api, admin, app]).size !== 3,
        'domain',
        `must have three different hosts for api, admin and app, got ${api}, ${admin}, ${app}`,
      ),
  },
  {
    reads: ['domain'],
    check: ({ domain }) =>
      domain.hostedZone !== null
        ? []
        : (['certificateArn', 'cdnCertificateArn'] as const)
            .filter((knob) => domain[knob] === null)
            .map((knob) =>
              problem(
                `domain.${knob}`,
                'must be given where domain.hostedZone is null (nothing can validate a new one)',
              ),
            ),
  },
  {
    reads: ['domain'],
    check: ({ domain }) => {
      const zone = domain.hostedZone?.name;
      if (zone === undefined) return [];
      return (['api', 'admin', 'app'] as const)
        .filter((knob) => domain[knob] !== zone && !domain[knob].endsWith(`.${zone}`))
        .map((knob) => problem(`domain.${knob}`, `must lie in the hosted zone ${zone}, got ${domain[knob]}`));
    },
  },
  {
    reads: ['region', 'account', 'domain.certificateArn'],
    check: ({ account, region, domain }) =>
      certificateProblems('certificateArn', domain.certificateArn, account, region),
  },
  {
    reads: ['account', 'domain.cdnCertificateArn'],
    check: ({ account, domain }) =>
      certificateProblems('cdnCertificateArn', domain.cdnCertificateArn, account, 'us-east-1'),
  },
  {
    reads: ['network.cidr'],
    check: ({ network: { cidr } }) => {
      const bits = Number(cidr.split('/')[1]);
      return when(
        bits < 16 || bits > 18,
        'network.cidr',
        `must be a range from /16 to /18 (nine subnets with room for pods), got ${cidr}`,
      );
    },
  },

  // Database, pooler, connection budget
  {
    reads: ['database.allocatedStorageGib', 'database.maxAllocatedStorageGib'],
    check: ({ database: { allocatedStorageGib: now, maxAllocatedStorageGib: most } }) =>
      // RDS refuses a ceiling that is not at least 10 % above the allocation.
      when(
        most < now * 1.1,
        'database.maxAllocatedStorageGib',
        `must be at least 110 % of allocatedStorageGib (${Math.ceil(now * 1.1)}), got ${most}`,
      ),
  },
  {
    reads: ['database.pooler', 'database.authentication'],
    check: ({ database: { pooler, authentication } }) =>
      when(
        pooler === 'pgbouncer' && authentication === 'iam',
        'database.authentication',
        "must be 'password' with pooler 'pgbouncer' (PgBouncer cannot make IAM tokens), got 'iam'",
      ),
  },
  {
    reads: ['database.clientPool'],
    check: ({
      database: {
        clientPool: { min, max },
      },
    }) => when(min > max, 'database.clientPool.min', `must be at most clientPool.max (${max}), got ${min}`),
  },
  {
    reads: ['database.proxy', 'database.clientPool'],
    check: ({ database: { proxy, clientPool } }) => [
      ...when(
        proxy.idleClientTimeoutSeconds <= clientPool.idleTimeoutSeconds,
        'database.proxy.idleClientTimeoutSeconds',
        `must be above clientPool.idleTimeoutSeconds (${clientPool.idleTimeoutSeconds}), so that the client closes first, got ${proxy.idleClientTimeoutSeconds}`,
      ),
      ...when(
        proxy.borrowTimeoutSeconds > clientPool.connectionTimeoutSeconds,
        'database.proxy.borrowTimeoutSeconds',
        `must be at most clientPool.connectionTimeoutSeconds (${clientPool.connectionTimeoutSeconds}), after which nobody waits, got ${proxy.borrowTimeoutSeconds}`,
      ),
      ...when(
        proxy.maxIdleConnectionsPercent > proxy.maxConnectionsPercent,
        'database.proxy.maxIdleConnectionsPercent',
        `must be at most maxConnectionsPercent (${proxy.maxConnectionsPercent}), got ${proxy.maxIdleConnectionsPercent}`,
      ),
    ],
  },
  {
    reads: ['database.instanceClass', 'database.maxConnections'],
    check: ({ database: { instanceClass, maxConnections } }) => {
      const most = defaultMaxConnections(instanceClass);
      return when(
        maxConnections > most,
        'database.maxConnections',
        `must be at most ${most}, what the memory of ${instanceClass} carries, got ${maxConnections}`,
      );
    },
  },
  {
    reads: ['database.maxConnections', 'database.proxy.maxConnectionsPercent'],
    check: ({ database: { maxConnections, proxy } }) => {
      const most = Math.floor(((maxConnections - RESERVED_CONNECTIONS) / maxConnections) * 100);
      return when(
        proxy.maxConnectionsPercent > most,
        'database.proxy.maxConnectionsPercent',
        `must be at most ${most}, so that ${RESERVED_CONNECTIONS} of ${maxConnections} connections stay reserved, got ${proxy.maxConnectionsPercent}`,
      );
    },
  },
  {
    reads: ['autoscaling.hpa.maxReplicas', 'database.clientPool.max', 'database.maxClientConnections'],
    check: ({ autoscaling: { hpa }, database }) => {
      const clients = hpa.maxReplicas * database.clientPool.max;
      return when(
        clients > database.maxClientConnections,
        'database.maxClientConnections',
        `must be at least autoscaling.hpa.maxReplicas x clientPool.max (${hpa.maxReplicas} x ${database.clientPool.max} = ${clients}), got ${database.maxClientConnections}`,
      );
    },
  },

  // Cache
  {
    reads: ['cache.multiAz', 'cache.replicasPerShard'],
    check: ({ cache: { multiAz, replicasPerShard } }) =>
      when(
        multiAz && replicasPerShard < 1,
        'cache.replicasPerShard',
        `must be at least 1 with cache.multiAz, got ${replicasPerShard}`,
      ),
  },
  {
    reads: ['cache.client'],
    check: ({ cache: { client } }) =>
      when(
        client.retryStepMilliseconds > client.retryMaxMilliseconds,
        'cache.client.retryStepMilliseconds',
        `must be at most retryMaxMilliseconds (${client.retryMaxMilliseconds}), got ${client.retryStepMilliseconds}`,
      ),
  },

  // Load balancer
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
        `must be null with exposure 'public', which lets everybody in, got ${JSON.stringify(id)}`,
      ),
    ],
  },
  {
    reads: ['loadBalancer.slowStartSeconds', 'loadBalancer.algorithm', 'loadBalancer.stickinessSeconds'],
    check: ({ loadBalancer: { slowStartSeconds, algorithm, stickinessSeconds } }) => [
      ...when(
        slowStartSeconds > 0 && algorithm !== 'round_robin',
        'loadBalancer.slowStartSeconds',
        `must be 0 with algorithm '${algorithm}' (only round_robin ramps new targets), got ${slowStartSeconds}`,
      ),
      ...when(
        slowStartSeconds > 0 && stickinessSeconds > 0,
        'loadBalancer.slowStartSeconds',
        `must be 0 with stickiness (${stickinessSeconds} s; a sticky client passes the ramp by), got ${slowStartSeconds}`,
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

  // Timeout ladder: stream ping < NGINX read timeout <= ALB idle timeout; CloudFront waits at least a ping
  {
    reads: ['workload.streamPingSeconds', 'loadBalancer.idleTimeoutSeconds', 'cdn.readTimeoutSeconds'],
    check: ({ workload: { streamPingSeconds: ping }, loadBalancer, cdn }) => [
      ...when(
        loadBalancer.idleTimeoutSeconds < NGINX_READ_TIMEOUT_SECONDS,
        'loadBalancer.idleTimeoutSeconds',
        `must be at least NGINX's read timeout (${NGINX_READ_TIMEOUT_SECONDS}), got ${loadBalancer.idleTimeoutSeconds}`,
      ),
      ...when(
        ping >= NGINX_READ_TIMEOUT_SECONDS,
        'workload.streamPingSeconds',
        `must be below NGINX's read timeout (${NGINX_READ_TIMEOUT_SECONDS}), got ${ping}`,
      ),
      ...when(
        cdn.readTimeoutSeconds < ping,
        'cdn.readTimeoutSeconds',
        `must be at least workload.streamPingSeconds (${ping}), got ${cdn.readTimeoutSeconds}`,
      ),
    ],
  },
  {
    reads: [
      'workload.preStopSeconds',
      'workload.terminationGraceSeconds',
      'loadBalancer.deregistrationDelaySeconds',
    ],
    check: ({
      workload: { preStopSeconds, terminationGraceSeconds },
      loadBalancer: { deregistrationDelaySeconds: delay },
    }) => [
      ...when(
        preStopSeconds < delay,
        'workload.preStopSeconds',
        `must be at least loadBalancer.deregistrationDelaySeconds (${delay}), got ${preStopSeconds}`,
      ),
      ...when(
        terminationGraceSeconds < preStopSeconds + delay,
        'workload.terminationGraceSeconds',
        `must be at least preStopSeconds + loadBalancer.deregistrationDelaySeconds (${preStopSeconds} + ${delay} = ${preStopSeconds + delay}), got ${terminationGraceSeconds}`,
      ),
    ],
  },

  // Workload and autoscaling
  {
    reads: ['workload.cpuRequest', 'workload.cpuLimit', 'workload.memoryRequest', 'workload.memoryLimit'],
    check: ({ workload: { cpuRequest, cpuLimit, memoryRequest, memoryLimit } }) => [
      ...when(
        cpuMillis(cpuRequest) > cpuMillis(cpuLimit),
        'workload.cpuRequest',
        `must be at most cpuLimit (${cpuLimit}), got ${cpuRequest}`,
      ),
      ...when(
        memoryMib(memoryRequest) > memoryMib(memoryLimit),
        'workload.memoryRequest',
        `must be at most memoryLimit (${memoryLimit}), got ${memoryRequest}`,
      ),
    ],
  },
  {
    reads: ['autoscaling.vpa'],
    check: ({ autoscaling: { vpa } }) => [
      ...when(
        cpuMillis(vpa.minCpu) > cpuMillis(vpa.maxCpu),
        'autoscaling.vpa.minCpu',
        `must be at most maxCpu (${vpa.maxCpu}), got ${vpa.minCpu}`,
      ),
      ...when(
        memoryMib(vpa.minMemory) > memoryMib(vpa.maxMemory),
        'autoscaling.vpa.minMemory',
        `must be at most maxMemory (${vpa.maxMemory}), got ${vpa.minMemory}`,
      ),
      ...when(
        vpa.controlledResources.length === 0 ||
          new Set(vpa.controlledResources).size !== vpa.controlledResources.length,
        'autoscaling.vpa.controlledResources',
        `must name cpu, memory or both, each once, got ${JSON.stringify(vpa.controlledResources)}`,
      ),
    ],
  },
  {
    reads: ['autoscaling.vpa', 'workload'],
    check: ({ autoscaling: { vpa }, workload }) => [
      ...when(
        outside(cpuMillis(workload.cpuRequest), cpuMillis(vpa.minCpu), cpuMillis(vpa.maxCpu)),
        'workload.cpuRequest',
        `must lie in the VPA's bounds (${vpa.minCpu} to ${vpa.maxCpu}), got ${workload.cpuRequest}`,
      ),
      ...when(
        outside(memoryMib(workload.memoryRequest), memoryMib(vpa.minMemory), memoryMib(vpa.maxMemory)),
        'workload.memoryRequest',
        `must lie in the VPA's bounds (${vpa.minMemory} to ${vpa.maxMemory}), got ${workload.memoryRequest}`,
      ),
    ],
  },
  {
    reads: ['autoscaling.hpa.minReplicas', 'autoscaling.hpa.maxReplicas'],
    check: ({
      autoscaling: {
        hpa: { minReplicas, maxReplicas },
      },
    }) =>
      when(
        minReplicas > maxReplicas,
        'autoscaling.hpa.minReplicas',
        `must be at most maxReplicas (${maxReplicas}), got ${minReplicas}`,
      ),
  },
  {
    reads: ['autoscaling.hpa'],
    check: ({ autoscaling: { hpa } }) =>
      when(
        hpa.cpuUtilizationPercent === null &&
          hpa.memoryUtilizationPercent === null &&
          hpa.requestsPerSecond === null,
        'autoscaling.hpa',
        'must have at least one of cpuUtilizationPercent, memoryUtilizationPercent and requestsPerSecond, got none',
      ),
  },
  {
    reads: ['autoscaling.hpa.requestsPerSecond', 'cluster'],
    check: ({ autoscaling: { hpa }, cluster }) =>
      when(
        hpa.requestsPerSecond !== null && !cluster.customMetricsApi,
        'autoscaling.hpa.requestsPerSecond',
        `must be null where cluster.customMetricsApi is false (nothing serves the metric), got ${hpa.requestsPerSecond}`,
      ),
  },
  {
    reads: ['cluster.version'],
    check: ({ cluster: { version } }) =>
      when(
        minorOf(version) < SLEEP_HOOK_MINOR,
        'cluster.version',
        `must be at least 1.${SLEEP_HOOK_MINOR} (the pods pause before SIGTERM by a sleep hook), got ${version}`,
      ),
  },
  { reads: ['autoscaling', 'cluster.version'], check: vpaProblems },
  {
    reads: ['autoscaling.vpa.updateMode', 'cluster'],
    check: ({ autoscaling: { vpa }, cluster }) =>
      when(
        vpa.updateMode !== 'Off' && !cluster.verticalPodAutoscaler,
        'autoscaling.vpa.updateMode',
        `must be 'Off' where cluster.verticalPodAutoscaler is false (nothing would act), got '${vpa.updateMode}'`,
      ),
  },
  {
    reads: ['autoscaling.hpa', 'objectives.requestsPerSecond'],
    check: ({ autoscaling: { hpa }, objectives }) => {
      if (hpa.requestsPerSecond === null) return [];
      const capacity = hpa.maxReplicas * hpa.requestsPerSecond;
      return when(
        objectives.requestsPerSecond > capacity,
        'objectives.requestsPerSecond',
        `must be at most autoscaling.hpa.maxReplicas x requestsPerSecond (${hpa.maxReplicas} x ${hpa.requestsPerSecond} = ${capacity}), got ${objectives.requestsPerSecond}`,
      );
    },
  },
  {
    reads: ['objectives'],
    check: ({
      objectives: { latencyP50Milliseconds: p50, latencyP95Milliseconds: p95, latencyP99Milliseconds: p99 },
    }) => [
      ...when(
        p50 > p95,
        'objectives.latencyP50Milliseconds',
        `must be at most latencyP95Milliseconds (${p95}), got ${p50}`,
      ),
      ...when(
        p95 > p99,
        'objectives.latencyP95Milliseconds',
        `must be at most latencyP99Milliseconds (${p99}), got ${p95}`,
      ),
    ],
  },

  // Production
  ...(
    [
      ['retainData', ({ retainData }) => retainData === true, 'true'],
      ['terminationProtection', (c) => c.terminationProtection === true, 'true'],
      ['database.multiAz', (c) => c.database.multiAz === true, 'true'],
      ['database.deletionProtection', (c) => c.database.deletionProtection === true, 'true'],
      ['database.backupRetentionDays', (c) => c.database.backupRetentionDays >= 7, 'at least 7'],
      ['cache.multiAz', (c) => c.cache.multiAz === true, 'true'],
      ['cache.snapshotRetentionDays', (c) => c.cache.snapshotRetentionDays >= 1, 'at least 1'],
      ['autoscaling.hpa.minReplicas', (c) => c.autoscaling.hpa.minReplicas >= 2, 'at least 2'],
    ] satisfies [string, (config: ResolvedConfig) => boolean, string][]
  ).map(
    ([path, holds, expected]): Rule => ({
      reads: ['stage', path],
      check: (config) =>
        when(
          config.stage === 'production' && !holds(config),
          path,
          `must be ${expected} in production, got ${JSON.stringify(valueAt(config, path))}`,
        ),
    }),
  ),
];

function certificateProblems(knob: string, arn: string | null, account: string, region: string) {
  if (arn === null) return [];
  const [, , , arnRegion, arnAccount] = arn.split(':');
  return [
    ...when(arnRegion !== region, `domain.${knob}`, `must be a certificate in ${region}, got ${arn}`),
    ...when(
      arnAccount !== account,
      `domain.${knob}`,
      `must be a certificate of account ${account}, got ${arn}`,
    ),
  ];
}

/** Whether `value` is not in [min, max]; bounds in the wrong order are another rule's matter. */
function outside(value: number, min: number, max: number): boolean {
  return min <= max && (value < min || value > max);
}

/** RDS's default for PostgreSQL: LEAST(memory / 9531392 bytes, 5000). */
function defaultMaxConnections(instanceClass: string): number {
  return Math.min(5000, Math.floor((instanceMemoryGib(instanceClass) * 1024 ** 3) / 9_531_392));
}

function routingRuleProblems({ loadBalancer: { routingRules } }: ResolvedConfig): ConfigProblem[] {
  return routingRules.flatMap((rule, index) => {
    const path = `loadBalancer.routingRules.${index}`;
    const values = rule.paths.length + rule.hosts.length;
    const twin = routingRules.findIndex((other) => other.priority === rule.priority);
    const shadow = routingRules.find((earlier) => shadows(earlier, rule));
    return [
      ...when(twin < index, `${path}.priority`, `must be unique, but rule ${twin} has ${rule.priority} too`),
      ...when(values === 0, path, 'must have at least one path or host'),
      ...when(
        values > MAX_CONDITION_VALUES,
        path,
        `must have at most ${MAX_CONDITION_VALUES} paths and hosts together, got ${values}`,
      ),
      ...when(
        shadow !== undefined,
        `${path}.hosts`,
        `must not be shadowed: rule ${shadow?.priority} takes ${shadow?.paths.join(', ')} of every host, so name hosts in it`,
      ),
    ];
  });
}

type RoutingRule = ResolvedConfig['loadBalancer']['routingRules'][number];

/** Whether `earlier` takes paths of every host away from the hosts that `rule` sends elsewhere. */
function shadows(earlier: RoutingRule, rule: RoutingRule): boolean {
  return (
    earlier.priority < rule.priority &&
    earlier.target !== rule.target &&
    earlier.hosts.length === 0 &&
    rule.hosts.length > 0
  );
}

function vpaProblems({
  autoscaling: { preset, conflictReason, hpa, vpa },
  cluster,
}: ResolvedConfig): ConfigProblem[] {
  const verbatim = preset === 'seed-verbatim';
  const acts = vpa.updateMode !== 'Off' && vpa.updateMode !== 'Initial';
  const contested = [
    ...(hpa.cpuUtilizationPercent !== null ? ['cpu'] : []),
    ...(hpa.memoryUtilizationPercent !== null ? ['memory'] : []),
  ].filter((resource) => (vpa.controlledResources as readonly string[]).includes(resource));
  return [
    ...when(
      verbatim && conflictReason === null,
      'autoscaling.conflictReason',
      "must say why HPA and VPA may act on the same resources with preset 'seed-verbatim', got nothing",
    ),
    ...when(
      !verbatim && conflictReason !== null,
      'autoscaling.conflictReason',
      `must be null with preset '${preset}', got ${JSON.stringify(conflictReason)}`,
    ),
    ...when(
      !verbatim && acts && contested.length > 0,
      'autoscaling.vpa.updateMode',
      `must be 'Off' or 'Initial' while the HPA scales on ${contested.join(' and ')} too (or use preset 'vpa-acts'), got '${vpa.updateMode}'`,
    ),
    ...when(
      !verbatim && vpa.updateMode === 'Auto',
      'autoscaling.vpa.updateMode',
      "must be 'Recreate' or 'InPlaceOrRecreate' ('Auto' is deprecated and means 'Recreate'), got 'Auto'",
    ),
    ...when(
      vpa.updateMode === 'InPlaceOrRecreate' && minorOf(cluster.version) < IN_PLACE_RESIZE_MINOR,
      'autoscaling.vpa.updateMode',
      `must not be 'InPlaceOrRecreate' before Kubernetes 1.${IN_PLACE_RESIZE_MINOR}, got cluster.version ${cluster.version}`,
    ),
  ];
}

/** `1.36` -> 36. */
function minorOf(version: string): number {
  return Number(version.split('.')[1]);
}
