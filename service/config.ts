/** Environment variables of the service: their names, values and meaning. */
import { gatewayRelations, parseModels, parseProviders } from './gateway-variables';
import { oidcRelations, parsePeople } from './oidc-variables';

/** Environment variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment has wrong or missing variables. The message has a line for each. */
export class ServiceConfigError extends Error {
  override readonly name = 'ServiceConfigError';

  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/** How one variable is read. */
interface Variable<T> {
  /** What a valid value is, as the end of "must be …". */
  readonly expected: string;
  /** Value of the text; undefined where the text is not valid. */
  readonly parse: (text: string) => T | undefined;
  /** What is wrong with the text, where one sentence is not enough. */
  readonly explain?: (text: string) => readonly string[];
  /** Value without the variable; undefined for a required one. */
  readonly absent?: { readonly value: T };
}

const HOST = /^[A-Za-z0-9._/-]{1,255}$/;
const HOSTS = /^[A-Za-z0-9.-]+(,[A-Za-z0-9.-]+)*$/;
const NAME = /^[\w.-]{1,128}$/;
const SECRET_ARN = /^arn:aws[a-z-]*:secretsmanager:[^:]+:\d{12}:secret:.+$/;
const TOPIC_ARN = /^arn:aws[a-z-]*:sns:[^:]+:\d{12}:[\w-]{1,256}$/;
const PATH = /^[^\0\r\n]{1,1024}$/;
/** HTTP is for a provider, a browser and keys on the machine itself. */
const ADDRESS = /^(https:\/\/|http:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/])[^\s?#]{1,2000}$/;
const LOAD_BALANCER_ARN =
  /^arn:aws[a-z-]*:elasticloadbalancing:[^:]+:\d{12}:loadbalancer\/app\/[^/]+\/[0-9a-f]+$/;
const AGENT_ENDPOINT = /^(tcp|udp):\/\/[\w.-]+:\d{1,5}$/;

const host = text(HOST, 'a host name, an address or the folder of a Unix socket');
const name = text(NAME, 'a name of letters, digits, ".", "_" and "-"');
const port = integer(1, 65_535);
const anyPort = integer(0, 65_535);
const flag = oneOf('true', 'false');
const percent = number(0, 100);
const milliseconds = integer(1, 3_600_000);

/**
 * Every variable that the service reads. `settings.ts` of the charts renders the same names. Variables of Node and of
 * AWS's credentials are read by Node and by AWS's libraries.
 */
const VARIABLES = {
  ENVIRONMENT: name,
  AWS_REGION: name,
  /** Name of the pod; Kubernetes sets it. */
  HOSTNAME: optional(name, 'local'),
  /** Address that the server and the Prometheus page listen on; :: is every address of the pod. */
  SERVER_HOST: optional(text(/^[0-9a-fA-F.:]{2,45}$/, 'an IP address'), '::'),
  PORT: anyPort,
  METRICS_PORT: anyPort,
  SERVER_KEEP_ALIVE_TIMEOUT_MS: milliseconds,
  STREAM_PING_SECONDS: integer(1, 3600),
  LOG_LEVEL: optional(oneOf('debug', 'info', 'warn', 'error'), 'info'),
  DATABASE_HOST: host,
  DATABASE_PORT: port,
  DATABASE_NAME: name,
  DATABASE_USER: name,
  DATABASE_WRITER_USER: optional(name, null),
  DATABASE_AUTHENTICATION: oneOf('iam', 'password'),
  DATABASE_SSLMODE: oneOf('disable', 'verify-full'),
  DATABASE_READER_SSLMODE: optional(oneOf('disable', 'verify-full'), 'verify-full'),
  DATABASE_READER_HOSTS: optional(text(HOSTS, 'host names separated by commas'), null),
  DATABASE_SECRET_ARN: optional(text(SECRET_ARN, 'the ARN of a secret'), null),
  DATABASE_WRITER_SECRET_ARN: optional(text(SECRET_ARN, 'the ARN of a secret'), null),
  DB_POOL_MAX: integer(1, 1000),
  DB_POOL_MIN: integer(0, 1000),
  DB_WRITE_POOL_MAX: optional(integer(1, 1000), 4),
  DB_POOL_IDLE_TIMEOUT_MS: milliseconds,
  DB_POOL_CONNECTION_TIMEOUT_MS: milliseconds,
  DB_POOL_MAX_USES: integer(1, 10_000_000),
  DB_POOL_ALLOW_EXIT_ON_IDLE: flag,
  DB_SLOW_QUERY_MS: milliseconds,
  CACHE_HOST: optional(host, null),
  CACHE_NAME: name,
  CACHE_PORT: port,
  CACHE_USER: name,
  CACHE_AUTHENTICATION: oneOf('iam', 'none'),
  CACHE_TLS: flag,
  CACHE_CLUSTER_MODE: flag,
  CACHE_MAX_RETRIES_PER_REQUEST: integer(0, 100),
  CACHE_RETRY_STEP_MS: milliseconds,
  CACHE_RETRY_MAX_MS: milliseconds,
  CACHE_OFFLINE_QUEUE: flag,
  HTTP_KEEP_ALIVE: flag,
  HTTP_KEEP_ALIVE_MS: milliseconds,
  HTTP_MAX_SOCKETS: integer(1, 10_000),
  HTTP_MAX_FREE_SOCKETS: integer(0, 10_000),
  HTTP_TIMEOUT_MS: milliseconds,
  HTTP_SCHEDULING: oneOf('lifo', 'fifo'),
  AWS_EMF_ENVIRONMENT: optional(oneOf('Agent'), null),
  AWS_EMF_AGENT_ENDPOINT: optional(text(AGENT_ENDPOINT, 'like tcp://host:25888'), null),
  AWS_EMF_LOG_GROUP_NAME: optional(text(/^[\w./#-]{1,512}$/, 'the name of a log group'), null),
  AWS_EMF_NAMESPACE: optional(text(/^[\w./#:-]{1,255}$/, 'a namespace of CloudWatch'), null),
  /** Which providers the gateway calls, and which models they serve; see gateway-variables.ts. */
  GATEWAY_PROVIDERS: list(parseProviders),
  GATEWAY_MODELS: list(parseModels),
  /** Keys of the providers: in Secrets Manager, or in a file on laptops and in tests. */
  GATEWAY_SECRET_ARN: optional(text(SECRET_ARN, 'the ARN of a secret'), null),
  GATEWAY_SECRET_FILE: optional(text(PATH, 'the path of a file'), null),
  GATEWAY_LONGEST_CALL_SECONDS: integer(1, 3600),
  GATEWAY_DRAIN_SECONDS: integer(1, 3600),
  GATEWAY_MAX_CONNECTIONS: integer(1, 10_000),
  GATEWAY_MAX_QUEUED: integer(0, 100_000),
  GATEWAY_MAX_ATTEMPTS: integer(1, 10),
  GATEWAY_MAX_BODY_BYTES: integer(1024, 104_857_600),
  GATEWAY_CONNECT_TIMEOUT_MS: milliseconds,
  GATEWAY_SILENCE_TIMEOUT_MS: milliseconds,
  GATEWAY_JOURNAL_FOLDER: text(PATH, 'the path of a folder'),
  GATEWAY_JOURNAL_MAX_BYTES: integer(65_536, 1_099_511_627_776),
  GATEWAY_CACHE_TTL_SECONDS: integer(1, 2_592_000),
  CACHE_L1_MAX_BYTES: integer(1024, 1_073_741_824),
  BUDGET_TOPIC_ARN: optional(text(TOPIC_ARN, 'the ARN of an SNS topic'), null),
  BUDGET_WEBHOOK_HOSTS: optional(text(HOSTS, 'host names separated by commas'), null),
  FIRST_ADMIN_KEY_SECRET_ARN: optional(text(SECRET_ARN, 'the ARN of a secret'), null),
  /** Identity provider of people, as in its tokens; absent: people log in with keys only. */
  OIDC_ISSUER: optional(text(ADDRESS, 'an https address without a query'), null),
  OIDC_CLIENT_ID: optional(text(/^[\x21-\x7e]{1,255}$/, 'the id of a client'), null),
  OIDC_CLIENT_SECRET_ARN: optional(text(SECRET_ARN, 'the ARN of a secret'), null),
  OIDC_CLIENT_SECRET_FILE: optional(text(PATH, 'the path of a file'), null),
  OIDC_EXTERNAL_URL: optional(
    text(
      /^(https:\/\/[\w.-]+(:\d{1,5})?|http:\/\/(127\.0\.0\.1|localhost):\d{1,5})$/,
      'an https address without a path',
    ),
    null,
  ),
  OIDC_SCOPE: optional(
    text(/^(?=.*\bopenid\b)[\x21-\x7e]+( [\x21-\x7e]+)*$/, 'scopes separated by spaces, openid among them'),
    'openid email',
  ),
  OIDC_SESSION_SECONDS: optional(integer(300, 43_200), 28_800),
  OIDC_GROUPS_CLAIM: optional(text(/^[\x21-\x7e]{1,255}$/, 'the name of a claim'), 'groups'),
  OIDC_PEOPLE: optional(list(parsePeople), null),
  /** Load balancer whose log-ins the admin servers accept; absent: none. */
  OIDC_LOAD_BALANCER_ARN: optional(text(LOAD_BALANCER_ARN, 'the ARN of a load balancer'), null),
  OIDC_LOAD_BALANCER_KEYS_URL: optional(text(ADDRESS, 'an https address without a query'), null),
  OBJECTIVE_LATENCY_P50_MS: milliseconds,
  OBJECTIVE_LATENCY_P95_MS: milliseconds,
  OBJECTIVE_LATENCY_P99_MS: milliseconds,
  OBJECTIVE_REQUESTS_PER_SECOND: number(0, 1_000_000),
  OBJECTIVE_CONCURRENT_USERS: number(0, 1_000_000_000),
  OBJECTIVE_CPU_PERCENT: percent,
  OBJECTIVE_MEMORY_PERCENT: percent,
  OBJECTIVE_DISK_IO_PERCENT: percent,
  OBJECTIVE_UPTIME_PERCENT: percent,
  OBJECTIVE_ERROR_RATE_PERCENT: percent,
  OBJECTIVE_CACHE_HIT_PERCENT: percent,
  OBJECTIVE_LLM_LATENCY_MS: milliseconds,
  OBJECTIVE_LLM_TIMEOUT_PERCENT: percent,
} as const;

type Name = keyof typeof VARIABLES;
type Values = { readonly [K in Name]: (typeof VARIABLES)[K] extends Variable<infer T> ? T : never };

/** Names of all variables that the service reads. */
export const SERVICE_VARIABLES = Object.keys(VARIABLES) as readonly Name[];

/** Variables that may be missing. */
export const OPTIONAL_VARIABLES: readonly Name[] = SERVICE_VARIABLES.filter(
  (variable) => (VARIABLES[variable] as Variable<unknown>).absent !== undefined,
);

/** The service's settings, validated; see {@link readConfig}. */
export type ServiceConfig = ReturnType<typeof sections>;

/**
 * Reads and validates all variables of a pod.
 * @throws ServiceConfigError with a line for each wrong or missing variable
 */
export function readConfig(environment: Environment): ServiceConfig {
  const problems: string[] = [];
  const values = Object.fromEntries(
    SERVICE_VARIABLES.map((variable) => [
      variable,
      readVariable(variable, VARIABLES[variable] as Variable<unknown>, environment[variable], problems),
    ]),
  ) as unknown as Values;
  if (problems.length === 0) problems.push(...relations(values));
  if (problems.length > 0) throw new ServiceConfigError(problems);
  return sections(values);
}

function readVariable<T>(
  variable: string,
  { expected, parse, explain, absent }: Variable<T>,
  value: string | undefined,
  problems: string[],
): T | undefined {
  if (value === undefined || value === '') {
    if (absent !== undefined) return absent.value;
    problems.push(
      `environment variable ${variable} must be ${expected}, but it is not set; npm run charts renders it`,
    );
    return undefined;
  }
  const parsed = parse(value);
  if (parsed === undefined && explain !== undefined) {
    problems.push(...explain(value).map((problem) => `environment variable ${variable} ${problem}`));
  } else if (parsed === undefined) {
    problems.push(`environment variable ${variable} must be ${expected}, got ${JSON.stringify(value)}`);
  }
  return parsed;
}

/** Problems between variables that are valid one by one. */
function relations(values: Values): string[] {
  const problems: string[] = [];
  if (values.DB_POOL_MIN > values.DB_POOL_MAX) {
    problems.push(
      `environment variable DB_POOL_MIN must be at most DB_POOL_MAX (${values.DB_POOL_MAX}), got ${values.DB_POOL_MIN}`,
    );
  }
  if (values.CACHE_RETRY_STEP_MS > values.CACHE_RETRY_MAX_MS) {
    problems.push(
      `environment variable CACHE_RETRY_STEP_MS must be at most CACHE_RETRY_MAX_MS (${values.CACHE_RETRY_MAX_MS}), got ${values.CACHE_RETRY_STEP_MS}`,
    );
  }
  if (values.GATEWAY_SILENCE_TIMEOUT_MS > values.GATEWAY_LONGEST_CALL_SECONDS * 1000) {
    problems.push(
      `environment variable GATEWAY_SILENCE_TIMEOUT_MS must be at most GATEWAY_LONGEST_CALL_SECONDS (${values.GATEWAY_LONGEST_CALL_SECONDS} s), got ${values.GATEWAY_SILENCE_TIMEOUT_MS}`,
    );
  }
  if (values.GATEWAY_SECRET_ARN !== null && values.GATEWAY_SECRET_FILE !== null) {
    problems.push('environment variable GATEWAY_SECRET_FILE must be absent beside GATEWAY_SECRET_ARN');
  }
  const gateway = gatewayRelations(values.GATEWAY_PROVIDERS, values.GATEWAY_MODELS);
  problems.push(...gateway.map((problem) => `environment variable ${problem}`));
  problems.push(...oidcRelations(values).map((problem) => `environment variable ${problem}`));
  if (values.AWS_EMF_ENVIRONMENT !== null && values.AWS_EMF_AGENT_ENDPOINT === null) {
    problems.push('environment variable AWS_EMF_AGENT_ENDPOINT must be set with AWS_EMF_ENVIRONMENT=Agent');
  }
  return problems;
}

function sections(values: Values) {
  return {
    /** Name of the environment, such as prod. */
    environment: values.ENVIRONMENT,
    /** AWS region of the pod. */
    region: values.AWS_REGION,
    /** Name of the pod, unique among running pods. */
    podName: values.HOSTNAME,
    /** Least severe level of log lines. */
    logLevel: values.LOG_LEVEL,
    server: {
      /** Address of the API and of the Prometheus page; `::` is every address. */
      host: values.SERVER_HOST,
      /** Port of the API; 0 takes a free one. */
      port: values.PORT,
      /** Port of the Prometheus page; 0 takes a free one. */
      metricsPort: values.METRICS_PORT,
      /** How long an idle connection stays open, ms; longer than the load balancer keeps it. */
      keepAliveTimeoutMs: values.SERVER_KEEP_ALIVE_TIMEOUT_MS,
      /** Longest silence in a stream before a ping, seconds. */
      streamPingSeconds: values.STREAM_PING_SECONDS,
    },
    database: databaseSection(values),
    cache: cacheSection(values),
    gateway: gatewaySection(values),
    /** SNS topic of warnings and limits of budgets; null: there is none. */
    budgetTopicArn: values.BUDGET_TOPIC_ARN,
    /** Hosts of the own network that webhooks of budgets may be sent to; others have to be public, and use HTTPS. */
    budgetWebhookHosts: values.BUDGET_WEBHOOK_HOSTS?.split(',') ?? [],
    http: {
      /** Whether outgoing connections stay open. */
      keepAlive: values.HTTP_KEEP_ALIVE === 'true',
      /** Delay of TCP keep-alive probes, ms. */
      keepAliveMs: values.HTTP_KEEP_ALIVE_MS,
      /** Most connections to one origin. */
      maxSockets: values.HTTP_MAX_SOCKETS,
      /** Most idle connections to one origin. */
      maxFreeSockets: values.HTTP_MAX_FREE_SOCKETS,
      /** Time limit of a silent connection, ms. */
      timeoutMs: values.HTTP_TIMEOUT_MS,
      /** Which idle connection is used first. */
      scheduling: values.HTTP_SCHEDULING,
    },
    /** CloudWatch agent that takes embedded metrics; null where there is none. */
    metricsAgent: metricsAgentSection(values),
    /** Secret with the first key of the organisation; null where keys are made by hand. */
    firstAdminKeySecretArn: values.FIRST_ADMIN_KEY_SECRET_ARN,
    /** Log-in of people; null: they log in with keys only. */
    oidc: oidcSection(values),
    objectives: objectivesSection(values),
  };
}

function oidcSection(values: Values) {
  const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_PEOPLE: rules } = values;
  const { OIDC_EXTERNAL_URL: externalUrl } = values;
  if (issuer === null || clientId === null || externalUrl === null || rules === null) return null;
  return {
    /** Address of the provider, as in its tokens. */
    issuer,
    /** Who has which rights. */
    rules,
    clientId,
    /** Secret with the client's secret; null: it is in the file. */
    clientSecretArn: values.OIDC_CLIENT_SECRET_ARN,
    /** File with the client's secret. */
    clientSecretFile: values.OIDC_CLIENT_SECRET_FILE,
    /** Address at which browsers reach the API, without a path. */
    externalUrl,
    /** Scopes, separated by spaces. */
    scope: values.OIDC_SCOPE,
    /** Length of a session, seconds. */
    sessionSeconds: values.OIDC_SESSION_SECONDS,
    /** Claim that lists a person's groups. */
    groupsClaim: values.OIDC_GROUPS_CLAIM,
    /** Load balancer whose log-ins count; null: none. */
    loadBalancerArn: values.OIDC_LOAD_BALANCER_ARN,
    /** Address of the load balancers' public keys. */
    loadBalancerKeysUrl:
      values.OIDC_LOAD_BALANCER_KEYS_URL ?? `https://public-keys.auth.elb.${values.AWS_REGION}.amazonaws.com`,
  };
}

function databaseSection(values: Values) {
  return {
    /** Host of the pooler, or of the server. */
    host: values.DATABASE_HOST,
    port: values.DATABASE_PORT,
    database: values.DATABASE_NAME,
    /** PostgreSQL role of reads; on admin pods the admin's role. */
    user: values.DATABASE_USER,
    /** PostgreSQL role of writes; null: the role of reads writes too. */
    writerUser: values.DATABASE_WRITER_USER,
    authentication: values.DATABASE_AUTHENTICATION,
    sslMode: values.DATABASE_SSLMODE,
    /** Secret of the reads' password; null with IAM log-in, or where the server trusts the user. */
    secretArn: values.DATABASE_SECRET_ARN,
    /** Secret of the writes' password; null: as `secretArn`. */
    writerSecretArn: values.DATABASE_WRITER_SECRET_ARN,
    /** Hosts of the read replicas. */
    readerHosts: values.DATABASE_READER_HOSTS?.split(',') ?? [],
    readerSslMode: values.DATABASE_READER_SSLMODE,
    /** Most connections for reads. */
    poolMax: values.DB_POOL_MAX,
    /** Connections that stay open while idle. */
    poolMin: values.DB_POOL_MIN,
    /** Most connections for writes. */
    writePoolMax: values.DB_WRITE_POOL_MAX,
    /** Time after which an idle connection closes, ms. */
    idleTimeoutMs: values.DB_POOL_IDLE_TIMEOUT_MS,
    /** Longest wait for a connection, ms. */
    connectionTimeoutMs: values.DB_POOL_CONNECTION_TIMEOUT_MS,
    /** Uses after which a connection is replaced. */
    maxUses: values.DB_POOL_MAX_USES,
    /** Whether the process may exit while its connections are idle. */
    allowExitOnIdle: values.DB_POOL_ALLOW_EXIT_ON_IDLE === 'true',
    /** Least time of a statement that is logged as slow, ms. */
    slowQueryMs: values.DB_SLOW_QUERY_MS,
  };
}

function cacheSection(values: Values) {
  return {
    /** Host of Valkey's configuration endpoint; null: there is no shared cache. */
    host: values.CACHE_HOST,
    /** Name of the replication group, for which log-in tokens are signed. */
    name: values.CACHE_NAME,
    port: values.CACHE_PORT,
    user: values.CACHE_USER,
    authentication: values.CACHE_AUTHENTICATION,
    tls: values.CACHE_TLS === 'true',
    clusterMode: values.CACHE_CLUSTER_MODE === 'true',
    maxRetriesPerRequest: values.CACHE_MAX_RETRIES_PER_REQUEST,
    /** First wait before a new attempt to connect, ms; it grows by itself. */
    retryStepMs: values.CACHE_RETRY_STEP_MS,
    /** Longest wait before a new attempt to connect, ms. */
    retryMaxMs: values.CACHE_RETRY_MAX_MS,
    /** Whether commands wait for a lost connection. */
    offlineQueue: values.CACHE_OFFLINE_QUEUE === 'true',
    /** Most bytes of the layer in the pod's memory. */
    l1MaxBytes: values.CACHE_L1_MAX_BYTES,
  };
}

function gatewaySection(values: Values) {
  return {
    /** Providers, each name once. */
    providers: values.GATEWAY_PROVIDERS,
    /** Which provider serves which model; the first entry that fits counts. */
    models: values.GATEWAY_MODELS,
    /** Secret with the providers' keys; null: there is none. */
    secretArn: values.GATEWAY_SECRET_ARN,
    /** File with the same JSON as the secret; null: there is none. */
    secretFile: values.GATEWAY_SECRET_FILE,
    /** Longest call of a provider, seconds. */
    longestCallSeconds: values.GATEWAY_LONGEST_CALL_SECONDS,
    /** How long calls may go on after SIGTERM, seconds. */
    drainSeconds: values.GATEWAY_DRAIN_SECONDS,
    /** Most calls under way to one provider. */
    maxConnections: values.GATEWAY_MAX_CONNECTIONS,
    /** Most calls that wait for a connection. */
    maxQueued: values.GATEWAY_MAX_QUEUED,
    /** Most attempts of a call, fallbacks included. */
    maxAttempts: values.GATEWAY_MAX_ATTEMPTS,
    /** Largest body of a call, bytes. */
    maxBodyBytes: values.GATEWAY_MAX_BODY_BYTES,
    /** How long to wait for a connection to a provider, ms. */
    connectTimeoutMs: values.GATEWAY_CONNECT_TIMEOUT_MS,
    /** Longest silence of a provider after its first byte, ms. */
    silenceTimeoutMs: values.GATEWAY_SILENCE_TIMEOUT_MS,
    /** Folder of the journal. */
    journalFolder: values.GATEWAY_JOURNAL_FOLDER,
    /** Most bytes of the journal; its volume has twice the size. */
    journalMaxBytes: values.GATEWAY_JOURNAL_MAX_BYTES,
    /** How long an answer stays in the cache, seconds. */
    cacheTtlSeconds: values.GATEWAY_CACHE_TTL_SECONDS,
  };
}

function metricsAgentSection(values: Values) {
  if (values.AWS_EMF_ENVIRONMENT === null || values.AWS_EMF_AGENT_ENDPOINT === null) return null;
  return {
    /** Address, such as tcp://host:25888. */
    endpoint: values.AWS_EMF_AGENT_ENDPOINT,
    logGroup: values.AWS_EMF_LOG_GROUP_NAME,
    namespace: values.AWS_EMF_NAMESPACE,
  };
}

function objectivesSection(values: Values) {
  return {
    latencyP50Ms: values.OBJECTIVE_LATENCY_P50_MS,
    latencyP95Ms: values.OBJECTIVE_LATENCY_P95_MS,
    latencyP99Ms: values.OBJECTIVE_LATENCY_P99_MS,
    requestsPerSecond: values.OBJECTIVE_REQUESTS_PER_SECOND,
    concurrentUsers: values.OBJECTIVE_CONCURRENT_USERS,
    cpuPercent: values.OBJECTIVE_CPU_PERCENT,
    memoryPercent: values.OBJECTIVE_MEMORY_PERCENT,
    diskIoPercent: values.OBJECTIVE_DISK_IO_PERCENT,
    uptimePercent: values.OBJECTIVE_UPTIME_PERCENT,
    errorRatePercent: values.OBJECTIVE_ERROR_RATE_PERCENT,
    cacheHitPercent: values.OBJECTIVE_CACHE_HIT_PERCENT,
    llmLatencyMs: values.OBJECTIVE_LLM_LATENCY_MS,
    llmTimeoutPercent: values.OBJECTIVE_LLM_TIMEOUT_PERCENT,
  };
}

function text(pattern: RegExp, expected: string): Variable<string> {
  return { expected, parse: (value) => (pattern.test(value) ? value : undefined) };
}

/** A JSON array whose entries are checked one by one. */
function list<T>(
  read: (text: string) => { readonly value: T } | { readonly problems: readonly string[] },
): Variable<T> {
  return {
    expected: 'a JSON array',
    parse: (value) => {
      const parsed = read(value);
      return 'value' in parsed ? parsed.value : undefined;
    },
    explain: (value) => {
      const parsed = read(value);
      return 'problems' in parsed ? parsed.problems : [];
    },
  };
}

function number(least: number, most: number): Variable<number> {
  return {
    expected: `a number from ${least} to ${most}`,
    parse: (value) => {
      const parsed = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
      return parsed >= least && parsed <= most ? parsed : undefined;
    },
  };
}

function integer(least: number, most: number): Variable<number> {
  const { parse } = number(least, most);
  return {
    expected: `a whole number from ${least} to ${most}`,
    parse: (value) => (/^\d+$/.test(value) ? parse(value) : undefined),
  };
}

function oneOf<const T extends string>(...values: readonly T[]): Variable<T> {
  return {
    expected: values.length === 1 ? `${values[0]}` : `one of ${values.join(', ')}`,
    parse: (value) => values.find((candidate) => candidate === value),
  };
}

/** A variable that may be missing. */
function optional<T, D extends T | null>(variable: Variable<T>, value: D): Variable<T | D> {
  return { ...variable, absent: { value } };
}
