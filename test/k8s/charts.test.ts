import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { renderManifests } from '../../k8s/manifests';
import { parseStackOutputs, StackOutputsError } from '../../k8s/stack-outputs';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { ADMIN_NAME, API_NAME } from '../../lib/config/names';
import { EXISTING_CLUSTER, testConfig } from '../helpers/config';
import { type AnyDocument, documentOf, outputsFile } from '../helpers/manifests';

const DIGEST = `sha256:${'a'.repeat(64)}`;

const seed = (name: string) => parse(readFileSync(join(__dirname, '..', 'fixtures', name), 'utf8'));

const rendered = (config: ResolvedConfig, kind: string, name?: string) =>
  documentOf(renderManifests(config).manifests, kind, name);

/** Last part of the image's path, with tag and digest. */
const imageOf = (config: ResolvedConfig, name: string): string =>
  rendered(config, 'Deployment', name).spec.template.spec.containers[0].image.split('/').at(-1);

const onExistingCluster = (loadBalancerController: 'eks-auto-mode' | 'aws-load-balancer-controller') =>
  testConfig({
    cluster: {
      existing: { ...EXISTING_CLUSTER, loadBalancerController },
    },
    metrics: { scraperNamespace: 'monitoring' },
  });

describe('HPA', () => {
  /** Target of the gateway's calls in production: 70 % of 128 connections. */
  const GATEWAY_CALLS = {
    type: 'Pods',
    pods: {
      metric: { name: 'gateway_calls_in_flight' },
      target: { type: 'AverageValue', averageValue: '89' },
    },
  };

  it("is the seed's in production, field for field, with the gateway's calls beside its metrics", () => {
    const hpa = rendered(testConfig(), 'HorizontalPodAutoscaler');
    const expected = seed('seed-hpa.yaml');
    expect(hpa).toMatchObject({ apiVersion: expected.apiVersion, kind: expected.kind });
    expect(hpa.metadata.name).toBe(expected.metadata.name);
    expect(hpa.spec).toStrictEqual({
      ...expected.spec,
      metrics: [...expected.spec.metrics, GATEWAY_CALLS],
    });
  });

  it.each([
    ['minReplicas', { minReplicas: 4 }],
    ['maxReplicas', { maxReplicas: 49 }],
    ['cpu', { cpuUtilizationPercent: 71 }],
    ['memory', { memoryUtilizationPercent: null }],
    ['requests per second', { requestsPerSecond: 101 }],
    ['window', { scaleUp: { stabilizationWindowSeconds: 1 } }],
    ['percent', { scaleDown: { percent: 51 } }],
    ['pods', { scaleDown: { pods: 3 } }],
    ['period', { scaleUp: { periodSeconds: 31 } }],
    ['policy', { scaleDown: { selectPolicy: 'Max' as const } }],
  ])("would not be the seed's with another %s", (_, hpa) => {
    const { spec } = rendered(testConfig({ autoscaling: { hpa } }), 'HorizontalPodAutoscaler');
    expect({ ...spec, metrics: spec.metrics.slice(0, -1) }).not.toEqual(seed('seed-hpa.yaml').spec);
  });

  it('follows requests per second and calls alone with preset vpa-acts', () => {
    const { spec } = rendered(testConfig({ autoscaling: { preset: 'vpa-acts' } }), 'HorizontalPodAutoscaler');
    expect(spec.metrics).toEqual([seed('seed-hpa.yaml').spec.metrics[2], GATEWAY_CALLS]);
  });

  it.each([
    [{ maxConnections: 200 }, {}, '140'],
    [{}, { gatewaySlotsPercent: 50 }, '64'],
    [{}, { gatewaySlotsPercent: null }, undefined],
  ])('counts %j and %j as %s calls of a pod', (gateway, hpa, expected) => {
    const { metrics } = rendered(
      testConfig({ gateway, autoscaling: { hpa } }),
      'HorizontalPodAutoscaler',
    ).spec;
    const calls = metrics.find(({ pods }: AnyDocument) => pods?.metric.name === 'gateway_calls_in_flight');
    expect(calls?.pods.target.averageValue).toBe(expected);
  });

  it('leaves the custom metrics out, and their provider, where it is not wanted', () => {
    const config = testConfig({ autoscaling: { hpa: { requestsPerSecond: null } } });
    expect(rendered(config, 'HorizontalPodAutoscaler').spec.metrics).toEqual(
      seed('seed-hpa.yaml').spec.metrics.slice(0, 2),
    );
  });
});

describe('VPA', () => {
  it("has the seed's bounds and only recommends by default", () => {
    const vpa = rendered(testConfig({ gitops: null }), 'VerticalPodAutoscaler');
    const expected = seed('seed-vpa.yaml');
    expect(vpa.metadata.name).toBe(expected.metadata.name);
    expect(vpa.spec).toStrictEqual({ ...expected.spec, updatePolicy: { updateMode: 'Off' } });
    expect(vpa.metadata.annotations).toBeUndefined();
  });

  it("is the seed's verbatim, with the reason, when asked for", () => {
    const vpa = rendered(
      testConfig({
        gitops: null,
        autoscaling: { preset: 'seed-verbatim', conflictReason: 'load test of the conflict' },
      }),
      'VerticalPodAutoscaler',
    );
    expect(vpa.spec).toStrictEqual(seed('seed-vpa.yaml').spec);
    expect(vpa.metadata.annotations).toEqual({
      'llm-cost-ops/autoscaling-conflict-reason': 'load test of the conflict',
    });
  });

  it('resizes in place with preset vpa-acts', () => {
    const vpa = rendered(testConfig({ autoscaling: { preset: 'vpa-acts' } }), 'VerticalPodAutoscaler');
    expect(vpa.spec.updatePolicy).toEqual({ updateMode: 'InPlaceOrRecreate' });
  });

  it('is absent from a cluster without its API', () => {
    const { manifests } = renderManifests(testConfig({ cluster: { verticalPodAutoscaler: false } }));
    expect(manifests.map(({ document }) => document.kind)).not.toContain('VerticalPodAutoscaler');
  });
});

describe('Deployment', () => {
  const { metadata, spec } = rendered(testConfig(), 'Deployment');
  const pod = spec.template.spec;
  const [api] = pod.containers;

  it('leaves the number of replicas to the HPA', () => expect(spec).not.toHaveProperty('replicas'));

  it('selects its pods by a stable label', () => {
    expect(metadata.name).toBe('llm-cost-ops-api');
    expect(spec.selector).toEqual({ matchLabels: { 'app.kubernetes.io/name': 'llm-cost-ops-api' } });
  });

  it('meets the restricted Pod Security level and can write to /tmp and the journal only', () => {
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 10001,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(api.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      privileged: false,
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(api.volumeMounts).toEqual([
      { name: 'tmp', mountPath: '/tmp' },
      { name: 'journal', mountPath: '/var/lib/llm-cost-ops/journal' },
    ]);
    expect(pod.volumes).toEqual([
      { name: 'tmp', emptyDir: { sizeLimit: '256Mi' } },
      { name: 'journal', emptyDir: { sizeLimit: '512Mi' } },
    ]);
  });

  it.each([
    ['startupProbe', '/health'],
    ['readinessProbe', '/ready'],
    ['livenessProbe', '/health'],
  ])('asks with the %s for %s on 8080', (name, path) => {
    expect(api[name].httpGet).toMatchObject({ path, port: 8080 });
    expect(api[name]).not.toHaveProperty('tcpSocket');
  });

  it('runs the API of the image that holds both servers', () => {
    expect(api.command).toEqual(['node', 'api.js']);
  });

  it('bounds the heap of Node, so that garbage does not fill the memory that the HPA watches', () => {
    expect(api.env).toContainEqual({
      name: 'NODE_OPTIONS',
      value: '--max-old-space-size=128 --max-semi-space-size=16',
    });
  });

  it('drains before SIGTERM for as long as the ALB deregisters, within its grace', () => {
    expect(api.lifecycle).toEqual({ preStop: { sleep: { seconds: 35 } } });
    expect(pod.terminationGracePeriodSeconds).toBe(365);
  });

  it('rolls out without loss: a surge first, and new pods a health check of the ALB old', () => {
    expect(spec.strategy.rollingUpdate).toEqual({ maxSurge: '25%', maxUnavailable: 0 });
    expect(spec.minReadySeconds).toBe(35);
  });

  it('spreads over zones and hosts and never leaves a pod pending for it', () => {
    expect(
      pod.topologySpreadConstraints.map(
        (constraint: { topologyKey: string; maxSkew: number; whenUnsatisfiable: string }) => [
          constraint.topologyKey,
          constraint.maxSkew,
          constraint.whenUnsatisfiable,
        ],
      ),
    ).toEqual([
      ['topology.kubernetes.io/zone', 1, 'ScheduleAnyway'],
      // With 1 Karpenter would give every replica of a surge a node.
      ['kubernetes.io/hostname', 3, 'ScheduleAnyway'],
    ]);
  });

  it('has requests and limits of the configuration', () => {
    const config = testConfig({ workload: { cpuRequest: '1', memoryRequest: '1Gi' } });
    expect(rendered(config, 'Deployment').spec.template.spec.containers[0].resources).toEqual({
      requests: { cpu: '1000m', memory: '1024Mi', 'ephemeral-storage': '832Mi' },
      limits: { cpu: '2000m', memory: '2048Mi', 'ephemeral-storage': '832Mi' },
    });
  });

  it('keeps the journal on a volume of twice its bound, which the pod may use beside /tmp and its logs', () => {
    const { volumes, containers } = rendered(
      testConfig({ gateway: { journalMebibytes: 1024 } }),
      'Deployment',
    ).spec.template.spec;
    expect(volumes).toContainEqual({ name: 'journal', emptyDir: { sizeLimit: '2048Mi' } });
    expect(containers[0].resources.requests['ephemeral-storage']).toBe(`${2048 + 256 + 64}Mi`);
    expect(containers[0].resources.limits['ephemeral-storage']).toBe(`${2048 + 256 + 64}Mi`);
  });

  it.each([
    ['2.0.1', undefined, 'llm-cost-ops-prod-api:2.0.1'],
    ['2.0.1', DIGEST, `llm-cost-ops-prod-api:2.0.1@${DIGEST}`],
  ])('runs image %s with digest %s', (tag, digest, expected) => {
    const config = testConfig({ workload: { image: { tag, digest } } });
    expect(imageOf(config, API_NAME)).toBe(expected);
    expect(imageOf(config, ADMIN_NAME)).toBe(expected);
  });

  it("runs another image on the admin servers where it is given, without the API's digest", () => {
    const config = testConfig({
      workload: { image: { tag: '2.0.1', digest: DIGEST } },
      admin: { image: { tag: '2.0.2' } },
    });
    expect(imageOf(config, API_NAME)).toBe(`llm-cost-ops-prod-api:2.0.1@${DIGEST}`);
    expect(imageOf(config, ADMIN_NAME)).toBe('llm-cost-ops-prod-api:2.0.2');
  });

  it('rolls its pods when a setting or an endpoint changes, and only then', () => {
    const hash = (config: ResolvedConfig, outputs = outputsFile()) =>
      documentOf(renderManifests(config, parseStackOutputs(outputs, config)).manifests, 'Deployment').spec
        .template.metadata.annotations['checksum/config'];
    const base = hash(testConfig());
    const moved = outputsFile();
    moved['llm-cost-ops-prod-cache'] = { CacheEndpoint: 'other.use1.cache.amazonaws.com' };
    expect(base).toMatch(/^[0-9a-f]{16}$/);
    expect(hash(testConfig({ autoscaling: { hpa: { minReplicas: 4 } } }))).toBe(base);
    expect(hash(testConfig({ database: { clientPool: { max: 19 } } }))).not.toBe(base);
    expect(hash(testConfig(), moved)).not.toBe(base);
  });
});

describe('admin servers', () => {
  const config = testConfig({ admin: { databasePoolMax: 3, replicas: 4 } });
  const { manifests } = renderManifests(config, parseStackOutputs(outputsFile(), config));
  const admin = (kind: string) => documentOf(manifests, kind, 'llm-cost-ops-admin');

  it('are a fixed number, that no autoscaler touches', () => {
    expect(admin('Deployment').spec.replicas).toBe(4);
    const targets = manifests.flatMap(({ document }) => {
      const { scaleTargetRef, targetRef } = (document as AnyDocument).spec ?? {};
      return [scaleTargetRef?.name, targetRef?.name];
    });
    expect(targets).not.toContain('llm-cost-ops-admin');
    expect(targets).toContain('llm-cost-ops-api');
  });

  it("have the API's settings, with pools and a database user of their own", () => {
    const [container] = admin('Deployment').spec.template.spec.containers;
    const own = Object.fromEntries(container.env.map(({ name, value }: AnyDocument) => [name, value]));
    expect(own).toMatchObject({
      DATABASE_USER: 'llm_cost_ops_admin',
      DATABASE_WRITER_USER: 'llm_cost_ops_admin',
      DB_POOL_MAX: '3',
      DB_POOL_MIN: '3',
      DB_WRITE_POOL_MAX: '2',
    });
    expect(container.command).toEqual(['node', 'admin.js']);
    expect(container.envFrom).toContainEqual({ configMapRef: { name: 'llm-cost-ops-api-settings' } });
  });

  it('are targets of their own group', () => {
    expect(admin('TargetGroupBinding').spec).toMatchObject({
      serviceRef: { name: 'llm-cost-ops-admin', port: 80 },
      targetGroupARN: expect.stringContaining('targetgroup/admin-servers/'),
    });
  });

  it('run under their own account, apart from the API', () => {
    const { spec } = admin('Deployment');
    expect(spec.template.spec.serviceAccountName).toBe('llm-cost-ops-admin');
    expect(admin('Service').spec.selector).toEqual(spec.selector.matchLabels);
    expect(spec.selector.matchLabels).not.toEqual(
      documentOf(manifests, 'Deployment').spec.selector.matchLabels,
    );
  });
});

describe('with NGINX in front of the API', () => {
  it("the ALB's targets for the API are NGINX's pods", () => {
    const entrance = (enabled: boolean) =>
      rendered(testConfig({ nginx: { enabled, tlsSecretName: 'api-tls' } }), 'TargetGroupBinding').spec
        .serviceRef;
    expect(entrance(true)).toEqual({ name: 'llm-cost-ops-nginx', port: 80 });
    expect(entrance(false)).toEqual({ name: 'llm-cost-ops-api', port: 80 });
  });
});

describe('where PgBouncer pools', () => {
  const settings = (pgbouncer: object) =>
    rendered(
      testConfig({ database: { pooler: 'pgbouncer', readReplicas: 1, pgbouncer } }),
      'ConfigMap',
      'llm-cost-ops-api-settings',
    ).data;

  it('the API connects to it, plain unless it has a certificate, and verifies readers', () => {
    const config = testConfig({ database: { pooler: 'pgbouncer' } });
    const { manifests } = renderManifests(config, parseStackOutputs(outputsFile(), config));
    expect(documentOf(manifests, 'ConfigMap', 'llm-cost-ops-api-endpoints').data.DATABASE_HOST).toBe(
      'llm-cost-ops-pgbouncer',
    );
    expect(settings({})).toMatchObject({
      DATABASE_SSLMODE: 'disable',
      DATABASE_READER_SSLMODE: 'verify-full',
    });
    expect(settings({ tlsSecretName: 'tls' })).toMatchObject({ DATABASE_SSLMODE: 'verify-full' });
  });
});

describe('what surrounds the Deployment', () => {
  it('admits only restricted pods into the namespace', () => {
    const { labels } = rendered(testConfig(), 'Namespace').metadata;
    for (const mode of ['enforce', 'audit', 'warn']) {
      expect(labels[`pod-security.kubernetes.io/${mode}`]).toBe('restricted');
      expect(labels[`pod-security.kubernetes.io/${mode}-version`]).toBe('v1.36');
    }
  });

  it('lets a drain take a quarter of the pods, or the only one', () => {
    const { spec } = rendered(testConfig(), 'PodDisruptionBudget');
    expect(spec.maxUnavailable).toBe('25%');
    expect(spec).not.toHaveProperty('minAvailable');
  });

  it('serves port 80 in the cluster from 8080 of the pods', () => {
    const { spec } = rendered(testConfig(), 'Service');
    expect(spec.ports).toEqual([{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }]);
    expect(spec.type).toBe('ClusterIP');
  });

  it("hands the seed's pools and KPIs to the API", () => {
    const { data } = rendered(testConfig(), 'ConfigMap', 'llm-cost-ops-api-settings');
    expect(data).toMatchObject({
      DB_POOL_MAX: '20',
      DB_POOL_MIN: '5',
      DB_POOL_IDLE_TIMEOUT_MS: '30000',
      DB_POOL_CONNECTION_TIMEOUT_MS: '2000',
      DB_POOL_MAX_USES: '7500',
      DATABASE_AUTHENTICATION: 'iam',
      DATABASE_SSLMODE: 'verify-full',
      HTTP_MAX_SOCKETS: '50',
      HTTP_TIMEOUT_MS: '60000',
      HTTP_SCHEDULING: 'lifo',
      CACHE_RETRY_MAX_MS: '2000',
      STREAM_PING_SECONDS: '15',
      METRICS_PORT: '9464',
      // 5 s more than the ALB's idle time-out.
      SERVER_KEEP_ALIVE_TIMEOUT_MS: '615000',
      OBJECTIVE_LATENCY_P99_MS: '1000',
      OBJECTIVE_UPTIME_PERCENT: '99.9',
    });
    expect(Object.keys(data).filter((key) => /SECRET|PASSWORD|TOKEN/.test(key))).toEqual([]);
  });

  it('tells the API where its metrics go, in a cluster with an agent that takes them', () => {
    const settings = (config: ResolvedConfig) =>
      rendered(config, 'ConfigMap', 'llm-cost-ops-api-settings').data;
    expect(settings(testConfig())).toMatchObject({
      AWS_EMF_ENVIRONMENT: 'Agent',
      AWS_EMF_AGENT_ENDPOINT: 'tcp://cloudwatch-agent.amazon-cloudwatch:25888',
      AWS_EMF_LOG_GROUP_NAME: '/llm-cost-ops/prod/api-metrics',
      AWS_EMF_NAMESPACE: 'LlmCostOps/Api',
    });
    expect(Object.keys(settings(testConfig({ cluster: { containerInsights: false } })))).not.toContain(
      'AWS_EMF_AGENT_ENDPOINT',
    );
  });
});

describe('TargetGroupBinding', () => {
  it.each([
    ['eks-auto-mode', 'eks.amazonaws.com/v1', 'eks.amazonaws.com'],
    ['aws-load-balancer-controller', 'elbv2.k8s.aws/v1beta1', 'elbv2.k8s.aws'],
  ] as const)('is of the API that %s serves, with its readiness gate', (controller, apiVersion, group) => {
    const config = onExistingCluster(controller);
    const binding = rendered(config, 'TargetGroupBinding');
    expect(binding.apiVersion).toBe(apiVersion);
    expect(binding.spec).toStrictEqual({
      serviceRef: { name: 'llm-cost-ops-api', port: 80 },
      targetGroupName: 'llm-api-servers',
      targetType: 'ip',
    });
    expect(rendered(config, 'Namespace').metadata.labels).toHaveProperty(
      [`${group}/pod-readiness-gate-inject`],
      'enabled',
    );
  });

  it.each([
    ['eks-auto-mode', { targetGroupARN: expect.stringContaining('targetgroup/llm-api-servers/') }],
    ['aws-load-balancer-controller', { targetGroupName: 'llm-api-servers' }],
  ] as const)('binds as %s accepts it once the target group is known', (controller, expected) => {
    const config = onExistingCluster(controller);
    const { manifests } = renderManifests(config, parseStackOutputs(outputsFile(), config));
    const { serviceRef: _, targetType: __, ...reference } = documentOf(manifests, 'TargetGroupBinding').spec;
    expect(reference).toEqual(expected);
  });

  it.each([
    ['eks-auto-mode', 1],
    ['aws-load-balancer-controller', 0],
  ] as const)('warns of the name with %s: %i time(s)', (controller, times) => {
    const { warnings } = renderManifests(onExistingCluster(controller));
    expect(warnings.filter((warning) => warning.includes('#2621'))).toHaveLength(times);
  });
});

describe('stack outputs', () => {
  const config = testConfig();
  const problems = (json: unknown, of = config) => {
    try {
      parseStackOutputs(json, of);
    } catch (error) {
      if (error instanceof StackOutputsError) return error.problems;
      throw error;
    }
    return [];
  };

  it('become the endpoints ConfigMap', () => {
    const { manifests } = renderManifests(config, parseStackOutputs(outputsFile(), config));
    expect(documentOf(manifests, 'ConfigMap', 'llm-cost-ops-api-endpoints').data).toEqual({
      DATABASE_HOST: 'llm-cost-ops.proxy-abc123.us-east-1.rds.amazonaws.com',
      CACHE_HOST: 'clustercfg.llm-cost-ops.abc123.use1.cache.amazonaws.com',
      GATEWAY_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:333333333333:secret:GatewayKeys-AbCdEf',
      BUDGET_TOPIC_ARN: 'arn:aws:sns:us-east-1:333333333333:llm-cost-ops-prod-budgets',
    });
  });

  it('name the secret of each database user that logs in with a password, and hold none', () => {
    const password = testConfig({ database: { authentication: 'password', pooler: 'pgbouncer' } });
    const { manifests } = renderManifests(password, parseStackOutputs(outputsFile(), password));
    const arn = (name: string) => `arn:aws:secretsmanager:us-east-1:333333333333:secret:${name}-AbCdEf`;
    expect(documentOf(manifests, 'ConfigMap', 'llm-cost-ops-api-endpoints').data).toMatchObject({
      DATABASE_SECRET_ARN: arn('UserSecret'),
      DATABASE_WRITER_SECRET_ARN: arn('WriterSecret'),
    });
    const { env } = documentOf(manifests, 'Deployment', ADMIN_NAME).spec.template.spec.containers[0];
    expect(env).toEqual(
      expect.arrayContaining([
        { name: 'DATABASE_SECRET_ARN', value: arn('AdminSecret') },
        { name: 'DATABASE_WRITER_SECRET_ARN', value: arn('AdminSecret') },
      ]),
    );
    expect(manifests.filter(({ document }) => document.kind === 'Secret')).toEqual([]);
  });

  it('include the readers where there are read replicas', () => {
    const replicas = testConfig({ database: { readReplicas: 2 } });
    const { manifests } = renderManifests(replicas, parseStackOutputs(outputsFile(), replicas));
    expect(documentOf(manifests, 'ConfigMap', 'llm-cost-ops-api-endpoints').data).toHaveProperty(
      'DATABASE_READER_HOSTS',
      'llm-cost-ops-1.abc123.us-east-1.rds.amazonaws.com,llm-cost-ops-2.abc123.us-east-1.rds.amazonaws.com',
    );
  });

  it.each([[{}], [null], ['text'], [outputsFile('dev')]])('fails with every missing value: %j', (json) => {
    expect(problems(json)).toEqual([
      expect.stringContaining('llm-cost-ops-prod-data.DatabaseEndpoint is missing'),
      expect.stringContaining('llm-cost-ops-prod-data.FirstAdminKeySecretArn is missing'),
      expect.stringContaining('llm-cost-ops-prod-cache.CacheEndpoint is missing'),
      expect.stringContaining('llm-cost-ops-prod-ingress.ApiTargetGroupArn is missing'),
      expect.stringContaining('llm-cost-ops-prod-ingress.AdminTargetGroupArn is missing'),
      expect.stringContaining('llm-cost-ops-prod-ingress.GatewayTargetGroupArn is missing'),
      expect.stringContaining('llm-cost-ops-prod-data.GatewaySecretArn is missing'),
      expect.stringContaining('llm-cost-ops-prod-data.BudgetTopicArn is missing'),
    ]);
    expect(problems(json)[0]).toContain('npx cdk deploy -c env=prod --all --outputs-file cdk-outputs.json');
  });

  it('fails with one value that is no host', () => {
    const json = outputsFile();
    json['llm-cost-ops-prod-cache'] = { CacheEndpoint: 'redis://cache:6379' };
    expect(problems(json)).toEqual([
      expect.stringContaining('CacheEndpoint must be a host name, got "redis://cache:6379"'),
    ]);
  });

  it('needs no ARN where the controller binds by name', () => {
    const { 'llm-cost-ops-prod-ingress': _, ...json } = outputsFile();
    const byName = onExistingCluster('aws-load-balancer-controller');
    expect(problems(json, byName)).toEqual([]);
    expect(problems(json)).toHaveLength(3);
  });
});
