import { z } from 'zod';
import { isTimeZone } from './time';

/**
 * The allowed type and range of each knob. Every message names the whole range and the value, e.g.
 * `must be a whole number between 1 and 3, got 7`.
 */

const got = (input: unknown) => (input === undefined ? 'got nothing' : `got ${JSON.stringify(input)}`);
const says =
  (expected: string) =>
  ({ input }: { input?: unknown }) =>
    `must be ${expected}, ${got(input)}`;

const int = (min: number, max: number) => {
  const error = says(`a whole number between ${min} and ${max}`);
  return z.int({ error }).min(min, { error }).max(max, { error });
};
const decimal = (min: number, max: number) => {
  const error = says(`a number between ${min} and ${max}`);
  return z.number({ error }).min(min, { error }).max(max, { error });
};
const pattern = (regex: RegExp, expected: string) => {
  const error = says(expected);
  return z.string({ error }).regex(regex, { error });
};
const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, { error: says(`one of ${values.join(', ')}`) });
const flag = () => z.boolean({ error: says('true or false') });
const section = <T extends z.ZodRawShape>(shape: T) =>
  z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? undefined : says('an object')(issue)),
  });
const list = <T extends z.ZodType>(item: T, expected: string) => z.array(item, { error: says(expected) });
const days = () => int(1, 3653);
const percent = () => int(1, 100);
/** Retention periods that CloudWatch Logs accepts, days. */
const LOG_RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
const logDays = () =>
  z.literal(LOG_RETENTION_DAYS, { error: says(`one of ${LOG_RETENTION_DAYS.join(', ')}`) });

const host = () =>
  pattern(
    /^(?=.{4,64}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/,
    'a host name of at most 64 characters such as api.example.com',
  );
const region = () => pattern(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region such as us-east-1');
const certificateArn = () =>
  pattern(
    /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[A-Za-z0-9-]+$/,
    'an ACM certificate ARN (arn:aws:acm:<region>:<12 digits>:certificate/<id>)',
  ).nullable();
const cidr = () =>
  pattern(
    /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}\/(3[0-2]|[12]?\d)$/,
    'an IPv4 range such as 10.0.0.0/16',
  );
const resourceName = () =>
  pattern(
    /^(?!internal-)(?!.*--)[A-Za-z0-9][A-Za-z0-9-]{0,30}[A-Za-z0-9]$/,
    'a name of 2 to 32 letters, digits and hyphens',
  );
const cpu = () => pattern(/^[1-9]\d*m?$/, 'a CPU quantity such as 500m or 2');
const memory = () => pattern(/^[1-9]\d*(Mi|Gi)$/, 'a memory quantity such as 512Mi or 2Gi');
const kubernetesVersion = () => pattern(/^1\.\d{2}$/, 'a Kubernetes version such as 1.36');
const emails = () =>
  list(
    pattern(/^[^\s@,]+@[^\s@,]+\.[^\s@,]+$/, 'a mail address such as oncall@example.com'),
    'a list of mail addresses',
  );
const percents = () => list(int(1, 1000), 'a list of percentages');
const securityGroupId = () =>
  pattern(/^sg-[0-9a-f]{8,17}$/, 'a security group id such as sg-0123456789abcdef0');

const image = () =>
  section({
    source: oneOf(['named', 'built']),
    architecture: oneOf(['amd64', 'arm64']),
    tag: pattern(
      /^(?!latest$)\w[\w.-]{0,127}$/,
      'an image tag other than latest; a digest goes into image.digest',
    ),
    digest: pattern(/^sha256:[0-9a-f]{64}$/, 'a digest such as sha256:<64 hexadecimal digits>').nullable(),
    repository: pattern(
      /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)+$/,
      'an image repository such as 111111111111.dkr.ecr.us-east-1.amazonaws.com/api',
    ),
  });
const replicas = () => int(1, 100);
const secretName = () =>
  pattern(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'the name of a Secret such as api-tls').nullable();

const behavior = () =>
  section({
    stabilizationWindowSeconds: int(0, 3600),
    percent: int(1, 1000),
    pods: int(1, 1000),
    periodSeconds: int(1, 1800),
    selectPolicy: oneOf(['Max', 'Min', 'Disabled']),
  });

const clusterCapabilities = {
  name: pattern(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/, 'a cluster name of at most 100 letters, digits, - and _'),
  version: kubernetesVersion(),
  loadBalancerController: oneOf(['eks-auto-mode', 'aws-load-balancer-controller']),
  verticalPodAutoscaler: z.literal([true, false, 'managed'], { error: says("'managed', true or false") }),
  containerInsights: flag(),
  serviceCidr: cidr(),
};
const existingOnly = () => z.null({ error: 'is a knob of cluster.existing only' });
const managedCluster = section({
  kind: z.literal('managed'),
  ...clusterCapabilities,
  loadBalancerController: z.literal('eks-auto-mode', { error: 'is a knob of cluster.existing only' }),
  securityGroupId: existingOnly(),
  endpoint: existingOnly(),
  certificateAuthority: existingOnly(),
  apiSecurityGroupId: existingOnly(),
  adminRoleArns: list(
    pattern(
      /^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/,
      'an IAM role ARN (arn:aws:iam::<12 digits>:role/<name>)',
    ),
    'a list of IAM role ARNs',
  ).min(1, { error: says('at least one IAM role ARN (only these roles can apply a manifest)') }),
  // The name that `createAdminRole: true` gives it; any other value is what somebody wrote instead.
  adminRoleName: pattern(/-admin$/, 'true or false').nullable(),
  publicAccessCidrs: list(cidr(), 'a list of IPv4 ranges'),
  logRetentionDays: logDays(),
});
const existingCluster = section({
  kind: z.literal('existing'),
  ...clusterCapabilities,
  securityGroupId: securityGroupId(),
  endpoint: pattern(
    /^https:\/\/[A-Za-z0-9.-]+(:\d{1,5})?$/,
    'the HTTPS address of a Kubernetes API such as https://ABCDEF.gr7.us-east-1.eks.amazonaws.com',
  ).nullable(),
  certificateAuthority: pattern(
    /^LS0tLS1CRUdJTi[A-Za-z0-9+/]+={0,2}$/,
    'a PEM certificate in base64 (LS0tLS1CRUdJTi…)',
  ).nullable(),
  apiSecurityGroupId: securityGroupId(),
  adminRoleArns: z.tuple([]),
  adminRoleName: z.null(),
  publicAccessCidrs: z.tuple([]),
  logRetentionDays: z.number(),
});

const namespaceName = () => pattern(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'the name of a namespace');
const timeZone = () =>
  z
    .string({ error: says('an IANA time zone such as Europe/Berlin') })
    .refine(isTimeZone, { error: says('an IANA time zone such as Europe/Berlin') });
const factor = (expected: string) => z.number({ error: says(expected) }).positive({ error: says(expected) });
const cloudWatchMetric = () =>
  section({
    namespace: pattern(/^[\w.\-/#:]{1,255}$/, 'a CloudWatch namespace such as AWS/SQS'),
    name: pattern(/^[\x20-\x7e]{1,255}$/, 'the name of a CloudWatch metric'),
    dimensions: z.record(z.string(), z.string().min(1).max(1024), {
      error: says('an object of dimension names and values'),
    }),
    statistic: oneOf(['Sum', 'Average', 'Maximum', 'Minimum', 'SampleCount']),
    scale: factor('a number above 0'),
  });
/** A word for a metric of this platform's own resources, or any CloudWatch metric. */
const metricOr = (...words: readonly string[]) =>
  z.union([z.literal([...words]), cloudWatchMetric()], {
    error: says(
      `${words.map((word) => `'${word}'`).join(', ')} or a metric { namespace, name, dimensions, statistic, scale }`,
    ),
  });
const plannedEvent = () =>
  section({
    name: pattern(/^\S.{0,99}$/, 'a name of at most 100 characters'),
    start: z.string({ error: says('a time such as 2026-11-27T08:00') }),
    end: z.string({ error: says('a time such as 2026-11-27T08:00') }),
    timeZone: timeZone(),
    multiplier: factor('a number above 0'),
    minReplicas: int(0, 1000),
    excludeFromTraining: flag(),
  });
const scaledWorkload = () =>
  section({
    name: pattern(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'a name of lower-case letters, digits and hyphens'),
    namespace: namespaceName(),
    hpaName: pattern(
      /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/,
      'the name of a HorizontalPodAutoscaler such as api-hpa',
    ),
    mode: oneOf(['act', 'forecast-only']),
    rule: oneOf(['adaptive', 'buffer']),
    baseMinReplicas: int(1, 1000),
    loadPerReplica: factor('a number of requests per second above 0'),
    startMinutes: int(1, 60),
    hpaTarget: z
      .number({ error: says('a number above 0 and at most 1') })
      .positive({ error: says('a number above 0 and at most 1') })
      .max(1, { error: says('a number above 0 and at most 1') }),
    timeZone: timeZone(),
    stepMinutes: z.literal([1, 5], { error: says('1 or 5') }),
    load: metricOr('all-requests', 'api-requests', 'gateway-requests'),
    alwaysOn: metricOr('api-healthy-hosts').nullable(),
    events: list(plannedEvent(), 'a list of planned events'),
  });
const modelPattern = () =>
  pattern(/^[\w.:/@*-]{1,256}$/, 'the name of a model such as gpt-5, in which * stands for any characters');
const modelName = () =>
  pattern(/^[\w.:/@-]{1,2048}$/, 'the name of a model, or the ARN of a profile of Bedrock');
const providerName = () =>
  pattern(/^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$/, 'a name of lower-case letters, digits and hyphens');
const gatewayProvider = () =>
  section({
    name: providerName(),
    type: oneOf(['openai', 'anthropic', 'bedrock']),
    baseUrl: pattern(
      /^https?:\/\/[A-Za-z0-9.-]+(:\d{1,5})?(\/[\w.~-]+)*$/,
      'an address without a query and without a slash at its end, such as https://api.openai.com/v1',
    ).nullable(),
    region: region().nullable(),
  });
const gatewayModel = () =>
  section({
    match: modelPattern(),
    provider: providerName(),
    model: modelName().nullable(),
    fallbacks: list(section({ provider: providerName(), model: modelName() }), 'a list of fallbacks').max(5, {
      error: says('at most 5 fallbacks'),
    }),
    maxOutputTokens: int(1, 10_000_000).nullable(),
  });

const providerAddress = () =>
  pattern(
    /^https:\/\/[A-Za-z0-9.-]+(\/[\w.~%-]*)*$/,
    'an https address without a port and a query such as https://id.example.com/oauth2/token',
  );
const oidc = () =>
  section({
    issuer: providerAddress(),
    authorizationEndpoint: providerAddress(),
    tokenEndpoint: providerAddress(),
    userInfoEndpoint: providerAddress(),
    clientId: pattern(/^[\x21-\x7e]{1,255}$/, 'the id of a client, at most 255 characters'),
    clientSecretArn: pattern(
      /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$/,
      'the complete ARN of a secret (arn:aws:secretsmanager:<region>:<12 digits>:secret:<name>-<6 characters>)',
    ),
    clientSecretKeyArn: pattern(
      /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/,
      'the ARN of a KMS key (arn:aws:kms:<region>:<12 digits>:key/<id>)',
    ).nullable(),
    scope: pattern(
      /^(?=(.* )?openid( |$))[\x21-\x7e]+( [\x21-\x7e]+)*$/,
      'scopes separated by spaces, openid among them, such as openid email',
    ),
    sessionSeconds: int(300, 43_200),
    groupsClaim: pattern(/^[\x21-\x7e]{1,255}$/, 'the name of a claim such as groups'),
    people: list(
      section({
        claim: oneOf(['group', 'email', 'subject']),
        value: pattern(/^\P{Cc}{1,320}$/u, 'a text of 1 to 320 characters'),
        roles: list(oneOf(['read', 'admin']), 'a list of read, admin or both').min(1, {
          error: says('a list of read, admin or both'),
        }),
        project: pattern(
          /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
          'the id of a project, a UUID',
        ).nullable(),
      }),
      'a list of rules',
    )
      .min(1, { error: says('at least one rule, without which nobody could log in') })
      .max(100, { error: says('at most 100 rules') }),
  });

/** An alarm on a Metrics Insights query can evaluate the last three hours only. */
const queriedMinutes = () => int(1, 180);

/** Schema of a configuration after the defaults have been applied. */
export const schema = section({
  environment: pattern(
    /^[a-z](?!.*--)[a-z0-9-]{0,14}[a-z0-9]$/,
    'an environment name of 2 to 16 lower-case letters, digits and single hyphens',
  ),
  account: pattern(/^\d{12}$/, 'an AWS account id of 12 digits'),
  region: region(),
  availabilityZones: list(
    pattern(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, 'an availability zone such as us-east-1a'),
    'a list of three availability zones',
  ),
  stage: oneOf(['development', 'staging', 'production']),
  costCentre: pattern(/^[\w .:/=+@-]{1,256}$/, 'a tag value of at most 256 letters, digits and _.:/=+-@'),
  retainData: flag(),
  terminationProtection: flag(),
  domain: section({
    api: host(),
    admin: host(),
    app: host(),
    hostedZone: section({
      id: pattern(/^Z[A-Z0-9]{1,31}$/, 'a hosted zone id such as Z0123456789ABCDEFGHIJ'),
      name: host(),
    }).nullable(),
    certificateArn: certificateArn(),
    cdnCertificateArn: certificateArn(),
  }).nullable(),
  authentication: section({ oidc: oidc().nullable() }),
  network: section({
    cidr: cidr(),
    natGateways: int(1, 3),
    interfaceEndpoints: list(
      oneOf([
        'bedrock-runtime',
        'ecr.api',
        'ecr.dkr',
        'eks-auth',
        'kms',
        'logs',
        'monitoring',
        'scheduler',
        'secretsmanager',
        'sts',
      ]),
      'a list of AWS service names',
    ),
    flowLogRetentionDays: logDays(),
  }),
  database: section({
    engineVersion: pattern(/^1[78]\.\d{1,2}$/, 'a PostgreSQL version such as 17.9, at least 17'),
    instanceClass: pattern(
      /^(t4g\.(micro|small|medium|large|xlarge|2xlarge)|[mr][678]g\.(large|(2|4|8|12|16|24|48)?xlarge))$/,
      'a Graviton class such as t4g.medium, m8g.large or r8g.xlarge',
    ),
    allocatedStorageGib: int(20, 65_536),
    maxAllocatedStorageGib: int(20, 65_536),
    multiAz: flag(),
    readReplicas: int(0, 5),
    backupRetentionDays: int(1, 35),
    deletionProtection: flag(),
    insights: oneOf(['standard', 'advanced']),
    monitoringIntervalSeconds: z.literal([1, 5, 10, 15, 30, 60], {
      error: says('one of 1, 5, 10, 15, 30, 60'),
    }),
    maxConnections: int(20, 5000),
    slowQueryMilliseconds: int(1, 3_600_000),
    logRetentionDays: logDays(),
    requestRetentionMonths: int(1, 120),
    promptRetentionDays: int(1, 3660),
    summaryRefreshHours: int(1, 24),
    storedRequests: section({
      perDay: int(1, 1_000_000_000),
      promptBytes: int(0, 65_536),
    }),
    authentication: oneOf(['iam', 'password']),
    pooler: oneOf(['rds-proxy', 'pgbouncer']),
    proxy: section({
      borrowTimeoutSeconds: int(1, 300),
      idleClientTimeoutSeconds: int(1, 28_800),
      maxConnectionsPercent: percent(),
      maxIdleConnectionsPercent: int(0, 100),
    }),
    pgbouncer: section({
      replicas: replicas(),
      maxConnectionsPercent: percent(),
      tlsSecretName: secretName(),
    }),
    clientPool: section({
      max: int(1, 500),
      writeMax: int(1, 500),
      min: int(0, 500),
      idleTimeoutSeconds: int(1, 3600),
      connectionTimeoutSeconds: int(1, 60),
      maxUses: int(1, 1_000_000),
    }),
    maxClientConnections: int(1, 20_000),
  }),
  cache: section({
    engineVersion: oneOf(['7.2', '8.0', '8.1', '8.2']),
    nodeType: pattern(
      /^cache\.(t4g\.(micro|small|medium)|[mr][67]g\.(large|(2|4|8|12|16|24|48)?xlarge))$/,
      'a Graviton node type such as cache.t4g.micro or cache.r7g.large',
    ),
    shards: int(1, 90),
    replicasPerShard: int(0, 5),
    multiAz: flag(),
    evictionPolicy: oneOf(['allkeys-lru', 'allkeys-lfu', 'volatile-lru', 'volatile-lfu', 'volatile-ttl']),
    snapshotRetentionDays: int(0, 35),
    logRetentionDays: logDays(),
    client: section({
      maxRetriesPerRequest: int(0, 20),
      retryStepMilliseconds: int(1, 10_000),
      retryMaxMilliseconds: int(1, 60_000),
      offlineQueue: flag(),
    }),
  }),
  loadBalancer: section({
    name: resourceName(),
    apiTargetGroupName: resourceName(),
    adminTargetGroupName: resourceName(),
    gatewayTargetGroupName: resourceName(),
    exposure: oneOf(['public', 'cloudfront-only']),
    cloudFrontPrefixListId: pattern(
      /^pl-[0-9a-f]{8,17}$/,
      'a prefix list id such as pl-0123456789abcdef0',
    ).nullable(),
    sslPolicy: pattern(
      /^ELBSecurityPolicy-[A-Za-z0-9-]+$/,
      'an ELB security policy such as ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09',
    ),
    idleTimeoutSeconds: int(1, 4000),
    healthCheck: section({
      intervalSeconds: int(5, 300),
      timeoutSeconds: int(2, 120),
      healthyThreshold: int(2, 10),
      unhealthyThreshold: int(2, 10),
      matcher: pattern(/^\d{3}([-,]\d{3})*$/, 'HTTP codes such as 200-299 or 200,204'),
    }),
    algorithm: oneOf(['least_outstanding_requests', 'round_robin', 'weighted_random']),
    stickinessSeconds: int(0, 604_800),
    slowStartSeconds: z
      .number({ error: says('0 or a whole number between 30 and 900') })
      .refine((n) => n === 0 || (Number.isInteger(n) && n >= 30 && n <= 900), {
        error: says('0 or a whole number between 30 and 900'),
      }),
    deregistrationDelaySeconds: int(0, 3600),
    routingRules: list(
      section({
        priority: int(1, 50_000),
        paths: list(
          pattern(/^\/[\w.$/~"'@:+*?&-]{0,127}$/, 'a path pattern such as /api/v1/*'),
          'a list of path patterns',
        ),
        hosts: list(host(), 'a list of host names'),
        target: oneOf(['api', 'admin', 'gateway']),
      }),
      'a list of routing rules',
    ),
    logRetentionDays: days(),
  }),
  webAcl: section({
    rateLimitPer5Minutes: int(100, 2_000_000_000),
    keyRateLimitPer5Minutes: int(100, 2_000_000_000),
    programRateLimitPer5Minutes: int(100, 2_000_000_000),
    inspectCloudFrontTraffic: oneOf(['edge', 'load-balancer', 'both']),
    logRetentionDays: logDays(),
  }),
  cdn: section({
    priceClass: oneOf(['PriceClass_100', 'PriceClass_200', 'PriceClass_All']),
    readTimeoutSeconds: int(1, 120),
    logRetentionDays: days(),
  }),
  cluster: z.discriminatedUnion('kind', [managedCluster, existingCluster], {
    error: says('an object with the knobs of a managed cluster, or { existing: { … } }'),
  }),
  workload: section({
    image: image(),
    cpuRequest: cpu(),
    cpuLimit: cpu(),
    memoryRequest: memory(),
    memoryLimit: memory(),
    preStopSeconds: int(0, 600),
    terminationGraceSeconds: int(1, 4300),
    logLevel: oneOf(['debug', 'info', 'warn', 'error']),
    streamPingSeconds: int(1, 300),
    httpPool: section({
      keepAlive: flag(),
      keepAliveMilliseconds: int(1, 600_000),
      maxSockets: int(1, 10_000),
      maxFreeSockets: int(0, 10_000),
      timeoutSeconds: int(1, 3600),
      scheduling: oneOf(['lifo', 'fifo']),
    }),
  }),
  gateway: section({
    providers: list(gatewayProvider(), 'a list of providers')
      .min(1, { error: says('at least one provider') })
      .max(50, {
        error: says('at most 50 providers'),
      }),
    models: list(gatewayModel(), 'a list of models')
      .min(1, { error: says('at least one model') })
      .max(500, {
        error: says('at most 500 models'),
      }),
    longestCallSeconds: int(30, 3600),
    drainSeconds: int(1, 3600),
    maxConnections: int(1, 10_000),
    maxQueued: int(0, 100_000),
    maxAttempts: int(1, 10),
    maxBodyMebibytes: int(1, 100),
    connectTimeoutMilliseconds: int(100, 60_000),
    silenceTimeoutSeconds: int(1, 3600),
    journalMebibytes: int(16, 10_240),
    cacheTtlSeconds: int(1, 2_592_000),
    memoryCacheMebibytes: int(1, 1024),
    expectedCallSeconds: decimal(0.01, 3600),
    expectedCallsPerSecond: decimal(0.01, 100_000),
    expectedCacheHitPercent: decimal(0, 100),
  }),
  admin: section({
    image: image(),
    replicas: replicas(),
    cpuRequest: cpu(),
    cpuLimit: cpu(),
    memoryRequest: memory(),
    memoryLimit: memory(),
    databasePoolMax: int(1, 500),
    databaseWritePoolMax: int(1, 500),
  }),
  nginx: section({
    enabled: flag(),
    replicas: replicas(),
    tlsSecretName: secretName(),
    servers: list(
      section({
        address: pattern(
          /^([a-z0-9-]+\.)*[a-z0-9-]+:\d{1,5}$/i,
          'an address with its port such as 10.0.1.10:8080',
        ),
        weight: int(1, 1000),
        backup: flag(),
      }),
      'a list of servers',
    ),
    maxFails: int(1, 100),
    failTimeoutSeconds: int(1, 3600),
    keepaliveConnections: int(1, 10_000),
    keepaliveRequests: int(1, 1_000_000),
    keepaliveTimeoutSeconds: int(1, 3600),
    connectTimeoutSeconds: int(1, 75),
    sendTimeoutSeconds: int(1, 3600),
    readTimeoutSeconds: int(1, 3600),
  }),
  metrics: section({
    provider: oneOf(['prometheus-adapter', 'existing', 'none']),
    prometheusUrl: pattern(
      /^http:\/\/([a-z0-9-]+\.)*[a-z0-9-]+(:\d{1,5})?$/,
      'a plain HTTP URL without a path such as http://prometheus.monitoring.svc:9090',
    ).nullable(),
    scraperNamespace: namespaceName().nullable(),
    replicas: replicas(),
    grafanaDashboards: flag(),
    grafanaNamespace: namespaceName(),
  }),
  gitops: section({
    repositoryUrl: pattern(
      /^(https:\/\/|ssh:\/\/|git@)[\w.@:/~-]+$/,
      'the URL of a git repository such as https://git.example.com/platform/manifests.git',
    ),
    revision: pattern(/^[\w./-]{1,255}$/, 'a branch, tag or commit'),
    path: pattern(/^(?!\/)(?!.*\.\.)[\w./-]{1,255}$/, 'a relative folder such as prod/kubernetes'),
  }).nullable(),
  autoscaling: section({
    driver: oneOf(['hpa', 'keda']),
    preset: oneOf(['hpa-acts', 'vpa-acts', 'seed-verbatim']),
    conflictReason: pattern(/\S.{9,}/, 'a reason of at least 10 characters').nullable(),
    hpa: section({
      minReplicas: int(1, 1000),
      maxReplicas: int(1, 1000),
      cpuUtilizationPercent: percent().nullable(),
      memoryUtilizationPercent: percent().nullable(),
      requestsPerSecond: int(1, 1_000_000).nullable(),
      gatewaySlotsPercent: percent().nullable(),
      scaleDown: behavior(),
      scaleUp: behavior(),
    }),
    vpa: section({
      updateMode: oneOf(['Off', 'Initial', 'Recreate', 'InPlaceOrRecreate', 'Auto']),
      minCpu: cpu(),
      minMemory: memory(),
      maxCpu: cpu(),
      maxMemory: memory(),
      controlledResources: list(oneOf(['cpu', 'memory']), 'a list of cpu, memory or both'),
    }),
  }),
  predictiveScaling: section({
    intervalMinutes: int(2, 30),
    leaseMinutes: int(5, 240),
    workloadsPerSchedule: int(1, 200),
    memoryMib: int(512, 10_240),
    tracing: flag(),
    logRetentionDays: logDays(),
    alarms: section({
      heartbeatMissingMinutes: int(1, 720),
      durationPercent: percent(),
      workloadFailedMinutes: queriedMinutes(),
      skillLostMinutes: queriedMinutes(),
      coverageLeastPercent: percent(),
      coverageMostPercent: percent(),
      floorAtMaximumMinutes: queriedMinutes(),
    }),
    workloads: list(scaledWorkload(), 'a list of workloads').min(1, {
      error: says('at least one workload (set predictiveScaling: null to switch it off)'),
    }),
  }).nullable(),
  objectives: section({
    latencyP50Milliseconds: int(1, 60_000),
    latencyP95Milliseconds: int(1, 60_000),
    latencyP99Milliseconds: int(1, 60_000),
    requestsPerSecond: int(1, 1_000_000),
    concurrentUsers: int(1, 100_000_000),
    cpuPercent: percent(),
    memoryPercent: percent(),
    diskIoPercent: percent(),
    uptimePercent: decimal(50, 99.999),
    errorRatePercent: decimal(0.001, 50),
    cacheHitPercent: decimal(0, 100),
    llmLatencyMilliseconds: int(1, 600_000),
    llmTimeoutPercent: decimal(0, 100),
    gatewayOverheadMilliseconds: int(1, 60_000),
    providerErrorPercent: decimal(0, 100),
    journalUsedPercent: percent(),
    callsAbandonedPerHour: int(0, 1_000_000_000),
    budgetLimitsPerHour: int(0, 1_000_000),
    capacityUsedPercent: percent(),
    poolWaiting: int(0, 10_000),
    rejectedRecordsPerHour: int(0, 1_000_000_000),
    unpricedRequestsPerDay: int(0, 1_000_000_000),
    requestsLeftActive: int(0, 1_000_000_000),
    slowQueriesPer5Minutes: int(0, 1_000_000),
    pinnedConnectionsPercent: percent(),
    freeStoragePercent: int(1, 9),
    cdnErrorPercent: decimal(0, 100),
    leastRequests: int(1, 1_000_000),
    leastLlmCalls: int(1, 1_000_000),
  }),
  observability: oneOf(['full', 'budget-only']),
  alarms: section({
    runbookUrl: pattern(
      /^(https:\/\/[^\s#]+|docs\/runbook\.md)$/,
      'an https:// address without an anchor, or docs/runbook.md',
    ),
    pageEmails: emails(),
    ticketEmails: emails(),
  }),
  budget: section({
    monthlyUsd: decimal(1, 10_000_000),
    forecastPercents: percents(),
    spentPercents: percents(),
  }).nullable(),
});
