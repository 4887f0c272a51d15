import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderManifests } from '../../k8s/manifests';
import { testConfig } from '../helpers/config';
import { documentOf } from '../helpers/manifests';
import { platformTemplates } from '../helpers/templates';

const PAGE = join(__dirname, '..', '..', 'docs', 'seed-settings.md');

interface Row {
  readonly setting: string;
  readonly seed: string;
  readonly here: string;
  readonly why: string;
}

/** Rows of all tables of the page. */
function readRows(): Row[] {
  return readFileSync(PAGE, 'utf8')
    .split('\n')
    .filter((line) => /^\| [a-z]/.test(line))
    .map((line) => {
      const [setting = '', seed = '', here = '', why = ''] = line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
      return { setting, seed, here, why };
    });
}

/** Loose JSON: the rendered output is data whose shape the expectations below spell out. */
// biome-ignore lint/suspicious/noExplicitAny: see above
type Json = any;

const templates = platformTemplates();
const { manifests } = renderManifests(testConfig());

function resources(stack: keyof typeof templates, type: string): Json[] {
  return Object.values(templates[stack].findResources(type)).map((resource) => (resource as Json).Properties);
}

function manifest(kind: string, name?: string): Json {
  return manifests
    .map(({ document }) => document as Json)
    .find((doc) => doc.kind === kind && (!name || doc.metadata.name === name));
}

const [alb] = resources('Ingress', 'AWS::ElasticLoadBalancingV2::LoadBalancer');
const targetGroups = templates.Ingress.findResources('AWS::ElasticLoadBalancingV2::TargetGroup');
const group = Object.values(targetGroups)
  .map((g) => (g as Json).Properties)
  .find(({ Name }) => Name === 'llm-api-servers');
const attribute = (key: string) => group.TargetGroupAttributes.find(({ Key }: Json) => Key === key)?.Value;
const listener = resources('Ingress', 'AWS::ElasticLoadBalancingV2::Listener').find(
  ({ Port }) => Port === 443,
);
const ruleOf = (priority: number) =>
  resources('Ingress', 'AWS::ElasticLoadBalancingV2::ListenerRule').find(
    ({ Priority }) => Priority === priority,
  );

/** `forward <name of the target group>` of a list with one action. */
function actionOf([{ Type, TargetGroupArn }]: Json[]): string {
  return `${Type} ${(targetGroups[TargetGroupArn.Ref] as Json).Properties.Name}`;
}

function conditionsOf(rule: Json): string {
  return rule.Conditions.map((condition: Json) => {
    const values = (condition.PathPatternConfig ?? condition.HostHeaderConfig).Values;
    return `${condition.Field} ${values.join(' ')}`;
  })
    .sort()
    .reverse()
    .join(', ');
}

const hpa = manifest('HorizontalPodAutoscaler');
const vpa = manifest('VerticalPodAutoscaler');
const policy = vpa.spec.resourcePolicy.containerPolicies[0];
const target = ({ apiVersion, kind, name }: Json) => `${apiVersion} ${kind} ${name}`;
const utilization = (name: string) =>
  hpa.spec.metrics.find(({ resource }: Json) => resource?.name === name).resource.target.averageUtilization;
const policies = (behavior: Json) =>
  behavior.policies
    .map(({ type, value, periodSeconds }: Json) => `${type} ${value} per ${periodSeconds} s`)
    .join(', ');
const bounds = ({ cpu, memory }: Json) => `cpu ${cpu}, memory ${memory}`;
const settings = manifest('ConfigMap', 'llm-cost-ops-api-settings').data;
const nginxConfig = testConfig({
  nginx: {
    enabled: true,
    tlsSecretName: 'api-tls',
    servers: [
      { address: '10.0.1.10:8080', weight: 3, backup: false },
      { address: '10.0.1.11:8080', weight: 2, backup: false },
      { address: '10.0.1.12:8080', weight: 1, backup: true },
    ],
  },
});
const nginxConf: string[] = documentOf(
  renderManifests(nginxConfig).manifests,
  'ConfigMap',
  'llm-cost-ops-nginx',
).data['nginx.conf'].split('\n');

/** The lines of an nginx.conf block, which ends where its indentation does; the last such block of the file. */
function nginxBlock(head: string): string[] {
  const start = nginxConf.findLastIndex((line) => line.trim() === `${head} {`);
  const indent = ' '.repeat(nginxConf[start]?.search(/\S/) ?? 0);
  return nginxConf.slice(start + 1, nginxConf.indexOf(`${indent}}`, start));
}

/** Values of a directive, in order. */
function nginxValues(directive: string, lines: readonly string[]): string[] {
  return lines
    .map((line) => line.trim())
    .filter((line) => line.startsWith(`${directive} `))
    .map((line) => line.slice(directive.length + 1, -1));
}
const upstream = nginxBlock('upstream llm_backend');
const nginxServer = nginxBlock('server');
const nginxHttp = nginxConf.filter((line) => /^ {2}\S/.test(line));
const oneOf = (directive: string, lines: readonly string[]) => nginxValues(directive, lines).join(' / ');
const everything = JSON.stringify([Object.values(templates).map((template) => template.toJSON()), manifests]);

/** Reads each setting from what was rendered. */
const ACTUAL: Readonly<Record<string, () => unknown>> = {
  'load_balancer.name': () => alb.Name,
  'load_balancer.scheme': () => alb.Scheme,
  'load_balancer.type': () => alb.Type,
  'load_balancer.listeners.port': () => listener.Port,
  'load_balancer.listeners.protocol': () => listener.Protocol,
  'load_balancer.listeners.ssl_policy': () => listener.SslPolicy,
  'load_balancer.listeners.certificates.certificate_arn': () => listener.Certificates[0].CertificateArn,
  'load_balancer.listeners.default_actions': () => actionOf(listener.DefaultActions),
  'load_balancer.health_check.enabled': () => group.HealthCheckEnabled,
  'load_balancer.health_check.interval': () => group.HealthCheckIntervalSeconds,
  'load_balancer.health_check.path': () => group.HealthCheckPath,
  'load_balancer.health_check.port': () => group.HealthCheckPort,
  'load_balancer.health_check.protocol': () => group.HealthCheckProtocol,
  'load_balancer.health_check.timeout': () => group.HealthCheckTimeoutSeconds,
  'load_balancer.health_check.healthy_threshold': () => group.HealthyThresholdCount,
  'load_balancer.health_check.unhealthy_threshold': () => group.UnhealthyThresholdCount,
  'load_balancer.health_check.matcher': () => group.Matcher.HttpCode,
  'load_balancer.target_groups.name': () => group.Name,
  'load_balancer.target_groups.port': () => group.Port,
  'load_balancer.target_groups.protocol': () => group.Protocol,
  'load_balancer.target_groups.load_balancing_algorithm': () => attribute('load_balancing.algorithm.type'),
  'load_balancer.target_groups.stickiness.enabled': () => attribute('stickiness.enabled'),
  'load_balancer.target_groups.stickiness.type': () => attribute('stickiness.type'),
  'load_balancer.target_groups.stickiness.duration': () => attribute('stickiness.lb_cookie.duration_seconds'),
  'load_balancer.target_groups.deregistration_delay': () => attribute('deregistration_delay.timeout_seconds'),
  'load_balancer.routing_rules.1.priority': () => ruleOf(11).Priority,
  'load_balancer.routing_rules.1.conditions': () => conditionsOf(ruleOf(11)),
  'load_balancer.routing_rules.1.actions': () => actionOf(ruleOf(11).Actions),
  'load_balancer.routing_rules.2.priority': () => ruleOf(12).Priority,
  'load_balancer.routing_rules.2.conditions': () => conditionsOf(ruleOf(12)),
  'load_balancer.routing_rules.2.actions': () => actionOf(ruleOf(12).Actions),
  'hpa.apiVersion': () => hpa.apiVersion,
  'hpa.metadata.name': () => hpa.metadata.name,
  'hpa.spec.scaleTargetRef': () => target(hpa.spec.scaleTargetRef),
  'hpa.spec.minReplicas': () => hpa.spec.minReplicas,
  'hpa.spec.maxReplicas': () => hpa.spec.maxReplicas,
  'hpa.spec.metrics.cpu': () => utilization('cpu'),
  'hpa.spec.metrics.memory': () => utilization('memory'),
  'hpa.spec.metrics.requests_per_second': () =>
    hpa.spec.metrics.find(({ pods }: Json) => pods?.metric.name === 'requests_per_second').pods.target
      .averageValue,
  'hpa.spec.behavior.scaleDown.stabilizationWindowSeconds': () =>
    hpa.spec.behavior.scaleDown.stabilizationWindowSeconds,
  'hpa.spec.behavior.scaleDown.policies': () => policies(hpa.spec.behavior.scaleDown),
  'hpa.spec.behavior.scaleDown.selectPolicy': () => hpa.spec.behavior.scaleDown.selectPolicy,
  'hpa.spec.behavior.scaleUp.stabilizationWindowSeconds': () =>
    hpa.spec.behavior.scaleUp.stabilizationWindowSeconds,
  'hpa.spec.behavior.scaleUp.policies': () => policies(hpa.spec.behavior.scaleUp),
  'hpa.spec.behavior.scaleUp.selectPolicy': () => hpa.spec.behavior.scaleUp.selectPolicy,
  'vpa.apiVersion': () => vpa.apiVersion,
  'vpa.metadata.name': () => vpa.metadata.name,
  'vpa.spec.targetRef': () => target(vpa.spec.targetRef),
  'vpa.spec.updatePolicy.updateMode': () => vpa.spec.updatePolicy.updateMode,
  'vpa.spec.resourcePolicy.containerName': () => policy.containerName,
  'vpa.spec.resourcePolicy.minAllowed': () => bounds(policy.minAllowed),
  'vpa.spec.resourcePolicy.maxAllowed': () => bounds(policy.maxAllowed),
  'vpa.spec.resourcePolicy.controlledResources': () => policy.controlledResources.join(', '),
  'nginx_lb.upstream.name': () =>
    nginxValues(
      'upstream',
      nginxHttp.map((line) => line.replace(' {', ';')),
    )[0],
  'nginx_lb.upstream.servers': () => nginxValues('server', upstream).join(', '),
  'nginx_lb.upstream.load_balancing_method': () =>
    upstream
      .find((line) => /_(conn|hash);/.test(line))
      ?.trim()
      .slice(0, -1),
  'nginx_lb.upstream.keepalive': () => oneOf('keepalive', upstream),
  'nginx_lb.upstream.keepalive_requests': () => oneOf('keepalive_requests', upstream),
  'nginx_lb.upstream.keepalive_timeout': () => oneOf('keepalive_timeout', upstream),
  'nginx_lb.server.listen': () => `${oneOf('listen', nginxServer)}, http2 ${oneOf('http2', nginxServer)}`,
  'nginx_lb.server.server_name': () => oneOf('server_name', nginxServer),
  'nginx_lb.server.ssl_certificate': () => oneOf('ssl_certificate', nginxServer),
  'nginx_lb.server.ssl_certificate_key': () => oneOf('ssl_certificate_key', nginxServer),
  'nginx_lb.server.ssl_protocols': () => oneOf('ssl_protocols', nginxServer),
  'nginx_lb.server.ssl_ciphers': () => oneOf('ssl_ciphers', nginxServer),
  'nginx_lb.server.locations': () =>
    nginxValues(
      'location',
      nginxServer.map((line) => line.replace(' {', ';')),
    )
      // The gateway's locations and those of error pages are no part of the guide.
      .filter((location) => location.startsWith('/'))
      .join(', '),
  'nginx_lb.server.proxy_pass': () => [...new Set(nginxValues('proxy_pass', nginxServer))].join(', '),
  'nginx_lb.server.proxy_http_version': () => oneOf('proxy_http_version', nginxHttp),
  ...Object.fromEntries(
    ['Connection', 'Host', 'X-Real-IP', 'X-Forwarded-For', 'X-Forwarded-Proto'].map((header) => [
      `nginx_lb.server.proxy_set_header.${header}`,
      () => oneOf(`proxy_set_header ${header}`, nginxHttp),
    ]),
  ),
  'nginx_lb.server.proxy_connect_timeout': () => oneOf('proxy_connect_timeout', nginxHttp),
  'nginx_lb.server.proxy_send_timeout': () => oneOf('proxy_send_timeout', nginxHttp),
  'nginx_lb.server.proxy_read_timeout': () => oneOf('proxy_read_timeout', nginxHttp),
  'nginx_lb.server.proxy_buffering': () => oneOf('proxy_buffering', nginxHttp),
  'nginx_lb.server.proxy_buffer_size': () => oneOf('proxy_buffer_size', nginxHttp),
  'nginx_lb.server.proxy_buffers': () => oneOf('proxy_buffers', nginxHttp),
  'nginx_lb.server.stream.proxy_buffering': () =>
    oneOf('proxy_buffering', nginxBlock('location /api/stream')),
  'nginx_lb.server.stream.proxy_cache': () => oneOf('proxy_cache', nginxBlock('location /api/stream')),
  'database_pool.max': () => settings.DB_POOL_MAX,
  'database_pool.min': () => settings.DB_POOL_MIN,
  'database_pool.idleTimeoutMillis': () => settings.DB_POOL_IDLE_TIMEOUT_MS,
  'database_pool.connectionTimeoutMillis': () => settings.DB_POOL_CONNECTION_TIMEOUT_MS,
  'database_pool.maxUses': () => settings.DB_POOL_MAX_USES,
  'database_pool.allowExitOnIdle': () => settings.DB_POOL_ALLOW_EXIT_ON_IDLE,
  'database_pool.port': () => settings.DATABASE_PORT,
  'database_pool.database': () => settings.DATABASE_NAME,
  'database_pool.user': () => settings.DATABASE_USER,
  'database_pool.password': () => (/"[A-Z_]*PASSWORD"/.test(everything) ? 'a password' : 'none'),
  'database_pool.slow_query': () => settings.DB_SLOW_QUERY_MS,
  'http_pool.keepAlive': () => settings.HTTP_KEEP_ALIVE,
  'http_pool.keepAliveMsecs': () => settings.HTTP_KEEP_ALIVE_MS,
  'http_pool.maxSockets': () => settings.HTTP_MAX_SOCKETS,
  'http_pool.maxFreeSockets': () => settings.HTTP_MAX_FREE_SOCKETS,
  'http_pool.timeout': () => settings.HTTP_TIMEOUT_MS,
  'http_pool.scheduling': () => settings.HTTP_SCHEDULING,
  'redis_pool.port': () => settings.CACHE_PORT,
  'redis_pool.clusterRetryStrategy': () =>
    `min(times * ${settings.CACHE_RETRY_STEP_MS}, ${settings.CACHE_RETRY_MAX_MS})`,
  'redis_pool.enableOfflineQueue': () => settings.CACHE_OFFLINE_QUEUE,
  'redis_pool.maxRetriesPerRequest': () => settings.CACHE_MAX_RETRIES_PER_REQUEST,
  'performance_targets.api_latency.p50': () => `< ${settings.OBJECTIVE_LATENCY_P50_MS}ms`,
  'performance_targets.api_latency.p95': () => `< ${settings.OBJECTIVE_LATENCY_P95_MS}ms`,
  'performance_targets.api_latency.p99': () => `< ${settings.OBJECTIVE_LATENCY_P99_MS}ms`,
  'performance_targets.throughput.requests_per_second': () => `> ${settings.OBJECTIVE_REQUESTS_PER_SECOND}`,
  'performance_targets.throughput.concurrent_users': () => `> ${settings.OBJECTIVE_CONCURRENT_USERS}`,
  'performance_targets.resource_utilization.cpu': () => `< ${settings.OBJECTIVE_CPU_PERCENT}%`,
  'performance_targets.resource_utilization.memory': () => `< ${settings.OBJECTIVE_MEMORY_PERCENT}%`,
  'performance_targets.resource_utilization.disk_io': () => `< ${settings.OBJECTIVE_DISK_IO_PERCENT}%`,
  'performance_targets.availability.uptime': () => `> ${settings.OBJECTIVE_UPTIME_PERCENT}%`,
  'performance_targets.availability.error_rate': () => `< ${settings.OBJECTIVE_ERROR_RATE_PERCENT}%`,
  'performance_targets.llm_api_performance.cache_hit_rate': () =>
    `> ${settings.OBJECTIVE_CACHE_HIT_PERCENT}%`,
  'performance_targets.llm_api_performance.avg_response_time': () =>
    `< ${settings.OBJECTIVE_LLM_LATENCY_MS / 1000}s`,
  'performance_targets.llm_api_performance.timeout_rate': () =>
    `< ${settings.OBJECTIVE_LLM_TIMEOUT_PERCENT}%`,
  'predictive_autoscaler.requests_per_replica': () => scaledApi().loadPerReplica,
  'predictive_autoscaler.min_replicas': () => scaledApi().baseMinReplicas,
  'predictive_autoscaler.max_replicas': () => hpa.spec.maxReplicas,
  'predictive_autoscaler.rule': () => scaledApi().rule,
  'predictive_autoscaler.action': () => scaledApi().mode,
};

/** The API in the event of the scaler's schedule. */
function scaledApi(): Json {
  const schedule = resources('PredictiveScaling', 'AWS::Scheduler::Schedule').find(({ ScheduleExpression }) =>
    ScheduleExpression.startsWith('rate'),
  );
  const parts: Json[] = schedule.Target.Input['Fn::Join'][1];
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : '')).join('')).workloads[0];
}

const rows = readRows();

test.each(rows.map((row) => [row.setting, row] as const))('%s is what the page says', (setting, { here }) => {
  expect(String(ACTUAL[setting]?.())).toBe(here);
});

test.each(rows.filter(({ seed, here }) => seed !== here))(
  '$setting differs from the seed for a reason',
  ({ why }) => {
    expect(why).toMatch(/\w{3,}.* .*\w/);
  },
);

test('every setting has one row', () => {
  expect(rows.map(({ setting }) => setting)).toEqual(Object.keys(ACTUAL));
});
