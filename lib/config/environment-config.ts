import type { AuthenticationConfig } from './authentication/authentication-config';
import type { GatewayConfig } from './gateway-config';

/**
 * Every knob of an environment. Values are in `environments.ts`, defaults in `defaults/`, allowed ranges in `schema.ts`
 * and rules between knobs in `rules/`; `resolveConfig` combines them. The name of a knob contains its unit. `null`
 * switches a feature off; an absent knob takes its default.
 */
export interface EnvironmentConfig {
  /**
   * AWS account id, 12 digits.
   * @default - the account of your credentials, which the CDK and the commands that ask AWS find out; 000000000000 where
   * no account is known, so that rendering needs no credentials
   */
  readonly account?: string;
  /** AWS region of everything but the CloudFront certificate and web ACL, which must be in us-east-1. */
  readonly region: string;
  /**
   * The three availability zones to use. Accounts see different ones, and EKS does not run in every zone:
   * `aws ec2 describe-availability-zones --region <region>` lists yours.
   * @default - zones a, b and c of the region
   */
  readonly availabilityZones?: readonly string[];
  /** What the environment is for. `production` turns on the protection rules of `rules/production-rules.ts`. */
  readonly stage: 'development' | 'staging' | 'production';
  /** Value of the `cost-centre` tag. */
  readonly costCentre: string;
  /**
   * Keep databases, snapshots of the cache, keys, buckets and logs when their stack is deleted.
   * @default true
   */
  readonly retainData?: boolean;
  /**
   * Refuse to delete stacks that hold state (Network, Data, Cache, Cdn, Cluster).
   * @default true
   */
  readonly terminationProtection?: boolean;
  /**
   * Host names of the API, the admin servers and the web application, with their certificates and DNS zone. null: the
   * only host is CloudFront's own name, with its certificate. CloudFront then reaches an internal load balancer by HTTP
   * inside the VPC, and admin routes are at `/api/admin/`.
   * @default null - needs `loadBalancer.exposure: 'cloudfront-only'`
   */
  readonly domain?: DomainConfig | null;
  /** How people log in. @default - with keys */
  readonly authentication?: AuthenticationConfig;
  /** Address range, NAT gateways, VPC endpoints and flow logs. @default - the defaults of `NetworkConfig` */
  readonly network?: NetworkConfig;
  /** PostgreSQL, its pooler and the API's connection pool. @default - the defaults of `DatabaseConfig` */
  readonly database?: DatabaseConfig;
  /** Valkey replication group, and the API's client of it. @default - the defaults of `CacheConfig` */
  readonly cache?: CacheConfig;
  /**
   * Application Load Balancer with its target groups and listener rules.
   * @default - the defaults of `LoadBalancerConfig`
   */
  readonly loadBalancer?: LoadBalancerConfig;
  /** AWS WAF in front of the load balancer and of CloudFront. @default - the defaults of `WebAclConfig` */
  readonly webAcl?: WebAclConfig;
  /** CloudFront in front of the web application and of `/api`. @default - the defaults of `CdnConfig` */
  readonly cdn?: CdnConfig;
  /** Kubernetes cluster of the pods: one that the Cluster stack creates, or an existing one. */
  readonly cluster: ClusterConfig;
  /** Image, resources and shutdown of the API's pods, and their HTTP client. */
  readonly workload: WorkloadConfig;
  /** Providers, models and limits of the gateway in the API's pods. @default - the defaults of `GatewayConfig` */
  readonly gateway?: GatewayConfig;
  /** Image, number and resources of the admin servers' pods. @default - the defaults of `AdminConfig` */
  readonly admin?: AdminConfig;
  /** NGINX between the load balancer and the API; off by default. @default - the defaults of `NginxConfig` */
  readonly nginx?: NginxConfig;
  /** HPA, or KEDA, and VPA of the API. @default - the defaults of `AutoscalingConfig` */
  readonly autoscaling?: AutoscalingConfig;
  /**
   * Lower bounds of HPAs (`minReplicas`, called floors), raised before the forecast load arrives. null: off,
   * and the PredictiveScaling stack is empty.
   * @default - on, without acting (`mode: 'forecast-only'`); null with `autoscaling.driver: 'keda'`
   */
  readonly predictiveScaling?: PredictiveScalingConfig | null;
  /**
   * Where the HPA's custom metric comes from: Prometheus, its adapter and Grafana.
   * @default - the defaults of `MetricsConfig`
   */
  readonly metrics?: MetricsConfig;
  /** Where Argo CD finds the rendered manifests. @default null - no Application is rendered */
  readonly gitops?: GitOpsConfig | null;
  /**
   * Service-level objectives that alarms and dashboards measure.
   * @default - the defaults of `ObjectivesConfig`
   */
  readonly objectives?: ObjectivesConfig;
  /**
   * What CloudWatch shows and watches. `full`: alarms and dashboards. `budget-only`: neither, which saves about 40 USD a
   * month where nobody is on call; the topics and the budget stay.
   * @default 'full'
   */
  readonly observability?: 'full' | 'budget-only';
  /** Who receives alarms, and where the runbook is. @default - the defaults of `AlarmsConfig` */
  readonly alarms?: AlarmsConfig;
  /** What the environment may cost a month; null creates no budget in AWS Budgets. @default null */
  readonly budget?: BudgetConfig | null;
}

/** Host names, their certificates and their DNS zone. */
export interface DomainConfig {
  /** Host of the HTTP API, served by the ALB, e.g. `api.example.com`. */
  readonly api: string;
  /** Host of the admin servers, served by the ALB, e.g. `admin.example.com`. */
  readonly admin: string;
  /** Host of the web application, served by CloudFront, e.g. `app.example.com`. */
  readonly app: string;
  /**
   * Route 53 public hosted zone that the stacks write DNS records to and validate certificates with.
   * @default null - you create the DNS records, and both certificate ARNs are required
   */
  readonly hostedZone?: HostedZoneConfig | null;
  /**
   * ACM certificate of the ALB, in the environment's region. It must cover all three hosts, because
   * CloudFront forwards the viewer's Host header to the ALB.
   * @default null - the Ingress stack creates one, validated in the hosted zone
   */
  readonly certificateArn?: string | null;
  /**
   * ACM certificate of CloudFront, in us-east-1; must cover `app`.
   * @default null - the Edge stack creates one, validated in the hosted zone
   */
  readonly cdnCertificateArn?: string | null;
}

/** Route 53 hosted zone of all three hosts. */
export interface HostedZoneConfig {
  /** Hosted zone id, e.g. `Z0123456789ABCDEFGHIJ`. */
  readonly id: string;
  /** Zone name without a trailing dot, e.g. `example.com`. */
  readonly name: string;
}

/** The VPC: three zones, each with a public, a private and an isolated subnet. */
export interface NetworkConfig {
  /**
   * IPv4 range of the VPC, /16 to /18, so that each of the nine subnets has room for pods.
   * @default '10.0.0.0/16'
   */
  readonly cidr?: string;
  /**
   * NAT gateways, 1 to 3. Each gateway fewer saves about 33 USD a month. When the zone of a shared gateway
   * fails, the other zones lose their way to the internet.
   * @default 3
   */
  readonly natGateways?: number;
  /**
   * AWS services reached through interface endpoints; AWS charges each per zone and hour. The S3 gateway
   * endpoint is always created and free. With `bedrock-runtime` prompts to Bedrock in the environment's region
   * stay in the VPC.
   * @default - ecr.api, ecr.dkr, eks-auth, logs, monitoring, secretsmanager, sts
   */
  readonly interfaceEndpoints?: readonly InterfaceEndpointService[];
  /**
   * Days that VPC flow logs are kept.
   * @default 90
   */
  readonly flowLogRetentionDays?: number;
}

/** AWS services with an interface endpoint, by the short name of the endpoint. */
export type InterfaceEndpointService =
  | 'bedrock-runtime'
  | 'ecr.api'
  | 'ecr.dkr'
  | 'eks-auth'
  | 'kms'
  | 'logs'
  | 'monitoring'
  | 'scheduler'
  | 'secretsmanager'
  | 'sts';

/** RDS for PostgreSQL, its pooler, and the clients' connection pools. */
export interface DatabaseConfig {
  /**
   * RDS for PostgreSQL version, `major.minor`.
   * @default '17.9'
   */
  readonly engineVersion?: string;
  /**
   * Graviton instance class without the `db.` prefix.
   * @default 'r8g.large'
   */
  readonly instanceClass?: string;
  /** Initial gp3 storage, GiB, 20 to 65536. @default 100 */
  readonly allocatedStorageGib?: number;
  /**
   * Limit up to which RDS grows the storage by itself, GiB; at least 110 % of `allocatedStorageGib`.
   * @default 1000
   */
  readonly maxAllocatedStorageGib?: number;
  /** Run a synchronous standby in a second availability zone. @default true */
  readonly multiAz?: boolean;
  /**
   * Read replicas, 0 to 5. RDS refuses replicas of an instance whose master secret it manages itself. With
   * one or more, the secret is created here and a hosted rotation function rotates it.
   * @default 0
   */
  readonly readReplicas?: number;
  /**
   * Days of automated backups, and so of point-in-time recovery, 1 to 35.
   * @default 14
   */
  readonly backupRetentionDays?: number;
  /** RDS refuses to delete the instance while this is true. @default true */
  readonly deletionProtection?: boolean;
  /**
   * CloudWatch Database Insights. `advanced` keeps 465 days of Performance Insights, `standard` 7 days.
   * @default 'standard'
   */
  readonly insights?: 'standard' | 'advanced';
  /**
   * Granularity of enhanced monitoring, seconds: 1, 5, 10, 15, 30 or 60.
   * @default 60
   */
  readonly monitoringIntervalSeconds?: number;
  /**
   * `max_connections` of the server, 20 to 5000; at most RDS's own default for the memory of the class. A
   * change takes effect when the instance next reboots.
   * @default 800
   */
  readonly maxConnections?: number;
  /**
   * Statements that take at least this long are logged, ms. The seed logs slow queries over 1 s.
   * @default 1000
   */
  readonly slowQueryMilliseconds?: number;
  /**
   * Days that PostgreSQL's logs are kept.
   * @default 30
   */
  readonly logRetentionDays?: number;
  /**
   * Whole months that requests stay in `llm_requests` after the month they were made in, 1 to 120. The
   * partitions function then detaches older months as tables of their own. Nothing drops those tables.
   * @default 13
   */
  readonly requestRetentionMonths?: number;
  /**
   * Whole days after which the text of prompts is deleted, 1 to 3660; rows and costs stay. A project can have a
   * retention of its own.
   * @default 30
   */
  readonly promptRetentionDays?: number;
  /**
   * Hours between two refreshes of `user_cost_summary`, the seed's summary by user, 1 to 24. A refresh reads all
   * requests in the table, 2 to 4 s for each million of them: above some millions choose 24.
   * @default 1
   */
  readonly summaryRefreshHours?: number;
  /** What the storage is sized for. @default - the defaults of `StoredRequestsConfig` */
  readonly storedRequests?: StoredRequestsConfig;
  /**
   * How the API logs in. `iam`, with `rds-proxy`: IAM tokens from the API to the database, no password
   * anywhere. `password`, with `pgbouncer`: a generated secret that the API reads from Secrets Manager.
   * @default - 'iam', 'password' with `pgbouncer`
   */
  readonly authentication?: 'iam' | 'password';
  /**
   * Connection pooler between the API and the database. `rds-proxy` is part of the Data stack. `pgbouncer`
   * runs in the cluster and needs `authentication: 'password'`, because it cannot create IAM tokens.
   * @default 'rds-proxy'
   */
  readonly pooler?: 'rds-proxy' | 'pgbouncer';
  /** RDS Proxy settings; only with `pooler: 'rds-proxy'`. @default - the defaults of `DatabaseProxyConfig` */
  readonly proxy?: DatabaseProxyConfig;
  /** PgBouncer settings; only with `pooler: 'pgbouncer'`. @default - the defaults of `PgBouncerConfig` */
  readonly pgbouncer?: PgBouncerConfig;
  /** Connection pool inside each API replica. @default - the defaults of `ClientPoolConfig` */
  readonly clientPool?: ClientPoolConfig;
  /**
   * Client connections that the pooler is sized and load-tested for. The pools of all API and admin replicas, for
   * reads and for writes, must fit, plus the 25 % more replicas of a roll-out at full scale: 63 x (20 + 4) + 3 x (5 +
   * 2) are 1,533. The rest is for pods that still drain, and for people. The seed's 50 x 20 alone are 1,000.
   * @default 1600
   */
  readonly maxClientConnections?: number;
}

/** Amount of requests that the database's storage is sized for. */
export interface StoredRequestsConfig {
  /**
   * Requests of a mean day. `objectives.requestsPerSecond` is a peak; traffic of a day is a small part of a day at
   * the peak.
   * @default 1000000
   */
  readonly perDay?: number;
  /** Mean length of a stored prompt, bytes; 0 where projects store none. @default 4096 */
  readonly promptBytes?: number;
}

/** RDS Proxy between the API and the database; IAM authentication only. */
export interface DatabaseProxyConfig {
  /**
   * How long a client waits for a server connection, seconds. AWS's default is 120; the seed's clients give up
   * after 2.
   * @default 2
   */
  readonly borrowTimeoutSeconds?: number;
  /**
   * Idle time after which the proxy closes a client connection, seconds. Longer than the clients' own idle
   * time-out, so that the client closes first and never writes into a closed socket.
   * @default 300
   */
  readonly idleClientTimeoutSeconds?: number;
  /**
   * Share of `max_connections` that the proxy may open, percent; the rest is for migrations and people.
   * @default 90
   */
  readonly maxConnectionsPercent?: number;
  /**
   * Share of `max_connections` that the proxy keeps open while idle, percent.
   * @default 45
   */
  readonly maxIdleConnectionsPercent?: number;
}

/** PgBouncer in the cluster, transaction pooling. Its pool sizes follow from the connection budget. */
export interface PgBouncerConfig {
  /** PgBouncer pods. Each one can serve all clients while another is down. @default 2 */
  readonly replicas?: number;
  /**
   * Share of `max_connections` that all PgBouncers together may open, percent; the rest is for migrations and
   * people.
   * @default 90
   */
  readonly maxConnectionsPercent?: number;
  /**
   * Secret of type `kubernetes.io/tls` in the namespace, with the certificate that PgBouncer's clients
   * verify.
   * @default null - clients connect without TLS, inside the cluster only; the connection to the database
   * always uses TLS
   */
  readonly tlsSecretName?: string | null;
}

/** The seed's `pg` pool, handed to the API by ConfigMap. */
export interface ClientPoolConfig {
  /** Most connections of one replica for reads. @default 20 */
  readonly max?: number;
  /**
   * Most connections of one replica for writes, which have a database user of their own. Concurrent writers share one
   * transaction, so few connections are enough.
   * @default 4
   */
  readonly writeMax?: number;
  /** Fewest connections of one replica. @default 5 */
  readonly min?: number;
  /** Idle time after which the client closes a connection, seconds. @default 30 */
  readonly idleTimeoutSeconds?: number;
  /** How long the API waits for a connection, seconds. @default 2 */
  readonly connectionTimeoutSeconds?: number;
  /** Uses after which the pool closes a connection and opens a new one. @default 7500 */
  readonly maxUses?: number;
}

/** ElastiCache for Valkey in cluster mode. */
export interface CacheConfig {
  /** Valkey version, `major.minor`. @default '8.2' */
  readonly engineVersion?: string;
  /** Graviton node type with the `cache.` prefix. @default 'cache.r7g.large' */
  readonly nodeType?: string;
  /** Shards (node groups) of the cluster-mode replication group, 1 to 90. @default 2 */
  readonly shards?: number;
  /** Replicas of each shard, 0 to 5. @default 1 */
  readonly replicasPerShard?: number;
  /** Spread the nodes of each shard over availability zones; needs a replica. @default true */
  readonly multiAz?: boolean;
  /**
   * `maxmemory-policy`: which keys Valkey evicts when memory is full. The API can compute every cached value
   * again, so the default may evict any key.
   * @default 'allkeys-lru'
   */
  readonly evictionPolicy?: 'allkeys-lru' | 'allkeys-lfu' | 'volatile-lru' | 'volatile-lfu' | 'volatile-ttl';
  /** Days that daily snapshots are kept, 0 to 35; 0 takes no snapshots. @default 7 */
  readonly snapshotRetentionDays?: number;
  /** Days that the slow log and the engine log are kept. @default 30 */
  readonly logRetentionDays?: number;
  /** Valkey client inside each API replica. @default - the defaults of `CacheClientConfig` */
  readonly client?: CacheClientConfig;
}

/** The seed's ioredis cluster client, handed to the API by ConfigMap. */
export interface CacheClientConfig {
  /** Retries of one command before it fails. @default 3 */
  readonly maxRetriesPerRequest?: number;
  /** Added delay per reconnection attempt, ms. @default 50 */
  readonly retryStepMilliseconds?: number;
  /** Longest delay between reconnection attempts, ms. @default 2000 */
  readonly retryMaxMilliseconds?: number;
  /** Queue commands while the client is disconnected, rather than fail them. @default true */
  readonly offlineQueue?: boolean;
}

/** The Application Load Balancer in front of the API and the admin servers. */
export interface LoadBalancerConfig {
  /**
   * Name of the ALB, unique in an account and region. Environments that share one need different values for
   * this and for the target group names. A later change must change all of them together, because a target
   * group belongs to one load balancer.
   * @default 'llm-cost-ops-alb'
   */
  readonly name?: string;
  /** Name of the target group whose targets are the API's pods. @default 'llm-api-servers' */
  readonly apiTargetGroupName?: string;
  /** Name of the target group whose targets are the admin servers' pods. @default 'admin-servers' */
  readonly adminTargetGroupName?: string;
  /**
   * Name of the target group of the gateway's routes. Its targets are the API's pods too, but without stickiness and with
   * `gateway.drainSeconds` for calls under way.
   * @default 'llm-gateway'
   */
  readonly gatewayTargetGroupName?: string;
  /**
   * `public`: internet-facing. `cloudfront-only`: internal; only CloudFront reaches it, through a VPC origin.
   * A change replaces the ALB: give it and all target groups new names in the same deployment.
   * @default 'public'
   */
  readonly exposure?: 'public' | 'cloudfront-only';
  /**
   * Id of the managed prefix list `com.amazonaws.global.cloudfront.origin-facing` in the region; required with
   * `exposure: 'cloudfront-only'`, refused otherwise.
   * @default null
   */
  readonly cloudFrontPrefixListId?: string | null;
  /** Security policy of the HTTPS listener. @default 'ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09' */
  readonly sslPolicy?: string;
  /**
   * Idle time after which the ALB closes a connection, seconds. At least NGINX's read time-out, and longer
   * than the gateway's longest call, which is silent until its end where it does not stream.
   * @default - gateway.longestCallSeconds + 10
   */
  readonly idleTimeoutSeconds?: number;
  /** Health check of each target group. @default - the defaults of `HealthCheckConfig` */
  readonly healthCheck?: HealthCheckConfig;
  /** Routing algorithm of the target groups. @default 'least_outstanding_requests' */
  readonly algorithm?: 'least_outstanding_requests' | 'round_robin' | 'weighted_random';
  /** Lifetime of the ALB's stickiness cookie, seconds; 0 switches stickiness off. The gateway has none. @default 3600 */
  readonly stickinessSeconds?: number;
  /**
   * Slow start: time over which a new target's share of requests rises, seconds, 30 to 900; 0 switches it
   * off.
   * @default 0
   */
  readonly slowStartSeconds?: number;
  /** How long a deregistering target may finish its requests, seconds; for the gateway `gateway.drainSeconds`. @default 30 */
  readonly deregistrationDelaySeconds?: number;
  /**
   * Listener rules. The default action sends a request that matches no rule to the API servers.
   * @default - 1 and 2: the gateway's paths on the api and app hosts -> gateway; 11: `/api/v1/*` on the same hosts -> api;
   * 12: the admin host -> admin; 13: `/api/admin/*` on the app host -> admin
   */
  readonly routingRules?: readonly RoutingRuleConfig[];
  /** Days that access and connection logs are kept. @default 90 */
  readonly logRetentionDays?: number;
}

/** How the ALB checks pods, by `GET /health`. */
export interface HealthCheckConfig {
  /** Seconds between two checks. @default 30 */
  readonly intervalSeconds?: number;
  /** Seconds to wait for a response; less than the interval. @default 5 */
  readonly timeoutSeconds?: number;
  /** Successful checks in a row until a target is healthy, 2 to 10. @default 2 */
  readonly healthyThreshold?: number;
  /** Failed checks in a row until a target is unhealthy, 2 to 10. @default 3 */
  readonly unhealthyThreshold?: number;
  /** HTTP status codes of a successful check. @default '200-299' */
  readonly matcher?: string;
}

/** A listener rule: requests that match one of the paths and one of the hosts go to the target. */
export interface RoutingRuleConfig {
  /** Priority of the rule, 1 to 50000, unique; the listener evaluates the lowest first. */
  readonly priority: number;
  /** Path patterns; empty matches every path. */
  readonly paths: readonly string[];
  /** Host names; empty matches every host. */
  readonly hosts: readonly string[];
  /** Where a matching request goes. */
  readonly target: 'api' | 'admin' | 'gateway';
}

/** The web ACLs of CloudFront and of the load balancer: managed rules and rate limits. */
export interface WebAclConfig {
  /**
   * Requests of one client address in 5 minutes above which it is blocked, 100 to 2000000000. Requests of programs, which
   * are requests with a key on the routes of gateway, ingest and traces, have the two limits below.
   * @default 10000
   */
  readonly rateLimitPer5Minutes?: number;
  /** Requests of programs with one key in 5 minutes above which the key is blocked. @default 300000 - 1,000 a second */
  readonly keyRateLimitPer5Minutes?: number;
  /**
   * Requests of programs from one address in 5 minutes above which it is blocked, whatever their keys: an application
   * calls from one address, and so do all behind one NAT gateway.
   * @default 600000
   */
  readonly programRateLimitPer5Minutes?: number;
  /**
   * Which web ACL inspects the requests that come through CloudFront.
   * - `edge`: only CloudFront's. The load balancer's web ACL allows them by a secret origin header. An
   *   internal load balancer (`exposure: 'cloudfront-only'`) has no web ACL, because only CloudFront's VPC
   *   origin reaches it.
   * - `load-balancer`: only the load balancer's. CloudFront has no web ACL: static files are not inspected,
   *   and AWS charges each request to the API once.
   * - `both`: both web ACLs inspect all of them, and AWS charges each request to the API twice.
   * For a public load balancer `edge` costs as much as `both`: AWS charges every request that reaches its web
   * ACL, inspected or not.
   * @default 'edge'
   */
  readonly inspectCloudFrontTraffic?: 'edge' | 'load-balancer' | 'both';
  /** Days that the log of blocked requests is kept. @default 30 */
  readonly logRetentionDays?: number;
}

/** The CloudFront distribution of the web application and of `/api/*`. */
export interface CdnConfig {
  /** Edge locations that CloudFront uses; fewer cost less. @default 'PriceClass_100' */
  readonly priceClass?: 'PriceClass_100' | 'PriceClass_200' | 'PriceClass_All';
  /**
   * How long CloudFront waits for the next bytes of the API, seconds, 1 to 120; more than 60 needs a higher
   * quota in older accounts.
   * @default 60
   */
  readonly readTimeoutSeconds?: number;
  /** Days that access logs are kept. @default 90 */
  readonly logRetentionDays?: number;
}

/** A cluster that the Cluster stack creates, or an existing one by name. */
export type ClusterConfig = ManagedClusterConfig | ExistingClusterConfig;

/** Optional software in the cluster that charts and alarms rely on. */
export interface ClusterCapabilitiesConfig {
  /**
   * Who installs the Vertical Pod Autoscaler (docs/cluster-requirements.md).
   * - `'managed'`: the manifests contain it: custom resources, recommender, and, where `autoscaling.vpa.updateMode`
   *   acts, admission controller and updater. It serves the namespace of the platform only.
   * - `true`: it is installed in another way.
   * - `false`: nobody; no VerticalPodAutoscaler is rendered.
   * @default 'managed' - true in an existing cluster
   */
  readonly verticalPodAutoscaler?: boolean | 'managed';
  /**
   * Whether the CloudWatch Observability add-on is installed: Container Insights, logs of pods, and an agent
   * for the API's own metrics. Without it there are no alarms on CPU and memory of pods, on LLM calls and on
   * database pools.
   * @default true - false in an existing cluster
   */
  readonly containerInsights?: boolean;
}

/** EKS with Auto Mode, created by the Cluster stack. */
export interface ManagedClusterConfig extends ClusterCapabilitiesConfig {
  /** Kubernetes version, `1.minor`. @default '1.36' */
  readonly version?: string;
  /** Name of the EKS cluster, at most 100 letters, digits, - and _. @default - llm-cost-ops-<environment> */
  readonly name?: string;
  /**
   * ARNs of the IAM roles that administer the cluster; at least one, because only they can apply a manifest.
   * @default [] - needs `createAdminRole: true`
   */
  readonly adminRoleArns?: readonly string[];
  /**
   * Create one more role that administers the cluster, `<cluster>-admin`. Everybody in the account whom IAM allows to
   * assume it may do so.
   * @default false
   */
  readonly createAdminRole?: boolean;
  /**
   * Addresses outside the VPC that may reach the Kubernetes API, CIDR; an empty list keeps the API private.
   * @default []
   */
  readonly publicAccessCidrs?: readonly string[];
  /** Days that control plane logs are kept. @default 90 */
  readonly logRetentionDays?: number;
  /**
   * IPv4 range of Service addresses, CIDR; EKS cannot change it later. Network policies allow DNS queries to
   * it.
   * @default '172.20.0.0/16'
   */
  readonly serviceCidr?: string;
}

/** An EKS cluster that is managed elsewhere; the stacks import it. */
export interface ExistingClusterConfig extends ClusterCapabilitiesConfig {
  /** A cluster that already runs in the VPC of the Network stack. */
  readonly existing: {
    /** Name of the cluster; it must run the EKS Pod Identity agent. */
    readonly name: string;
    /** Kubernetes version, `1.minor`. */
    readonly version: string;
    /** Security group of the pods (by default the cluster security group). */
    readonly securityGroupId: string;
    /** Controller that serves TargetGroupBindings in the cluster. */
    readonly loadBalancerController: LoadBalancerController;
    /**
     * IPv4 range of Service addresses: `aws eks describe-cluster --query
     * cluster.kubernetesNetworkConfig.serviceIpv4Cidr`.
     * @default '172.20.0.0/16'
     */
    readonly serviceCidr?: string;
    /**
     * HTTPS address of the Kubernetes API: `aws eks describe-cluster --name <name> --query cluster.endpoint`.
     * Required with predictive scaling, as `certificateAuthority` is. The cluster must accept access entries
     * (`--query cluster.accessConfig.authenticationMode` is `API` or `API_AND_CONFIG_MAP`) and have a private
     * endpoint.
     * @default null
     */
    readonly endpoint?: string | null;
    /**
     * Certificate authority of the Kubernetes API, PEM in base64:
     * `aws eks describe-cluster --name <name> --query cluster.certificateAuthority.data`.
     * @default null
     */
    readonly certificateAuthority?: string | null;
    /**
     * Security group of the Kubernetes API:
     * `aws eks describe-cluster --name <name> --query cluster.resourcesVpcConfig.clusterSecurityGroupId`.
     * @default - `securityGroupId`
     */
    readonly apiSecurityGroupId?: string;
  };
}

/** EKS Auto Mode and the self-managed AWS Load Balancer Controller serve different API groups. */
export type LoadBalancerController = 'eks-auto-mode' | 'aws-load-balancer-controller';

/** CPU architecture of an image and of the nodes that run it. */
export type ImageArchitecture = 'amd64' | 'arm64';

/** A container image that somebody has pushed, rendered `repository:tag` or, with a digest, `repository:tag@sha256:…`. */
export interface ImageConfig {
  /** The image exists already. @default 'named' */
  readonly source?: 'named';
  /** Image tag, never `latest`. With a digest, it only shows people the version. */
  readonly tag: string;
  /**
   * `sha256:` digest of the image. Nodes pull it even if the tag now refers to another image; see
   * docs/images.md.
   * @default null - nodes pull by tag
   */
  readonly digest?: string | null;
  /**
   * Repository without tag.
   * @default - the ECR repository of the environment's account and region; for the admin servers, that of the API
   */
  readonly repository?: string;
}

/**
 * The image of this repository's service. The Cluster stack builds it in the account at each deployment that changes it,
 * and pushes it to the environment's ECR repository. Its tag is a hash of its content. See docs/images.md.
 */
export interface BuiltImageConfig {
  /** The deployment builds the image. */
  readonly source: 'built';
  /**
   * Architecture of the nodes. The node pools that EKS Auto Mode brings run amd64; arm64 needs a pool of your own.
   * @default 'amd64'
   */
  readonly architecture?: ImageArchitecture;
}

/** A container image after resolution. */
export interface ResolvedImage {
  /** `built`: the Cluster stack builds it. `named`: it exists already. */
  readonly source: 'named' | 'built';
  /** Repository without tag. */
  readonly repository: string;
  /** Image tag; of a built image PENDING_IMAGE_TAG until a command that renders has built its content. */
  readonly tag: string;
  /** `sha256:` digest; null: nodes pull by tag. */
  readonly digest: string | null;
  /** Architecture that a built image is built for. */
  readonly architecture: ImageArchitecture;
}

/** The API's Deployment. Its number of replicas is in `autoscaling`. */
export interface WorkloadConfig {
  /** Container image of the API: one that exists, or the one that the deployment builds from this repository. */
  readonly image: ImageConfig | BuiltImageConfig;
  /** CPU request of a pod, Kubernetes quantity; the HPA's CPU percentage is relative to it. @default '500m' */
  readonly cpuRequest?: string;
  /** CPU limit of a pod, Kubernetes quantity. @default '2000m' */
  readonly cpuLimit?: string;
  /**
   * Memory request of a pod, Kubernetes quantity; the HPA's memory percentage is relative to it.
   * @default '512Mi'
   */
  readonly memoryRequest?: string;
  /** Memory limit of a pod, Kubernetes quantity. @default '2Gi' */
  readonly memoryLimit?: string;
  /**
   * Pause before a terminating pod receives SIGTERM, seconds. The ALB stops sending it new requests in the
   * meantime; then calls under way may go on for `gateway.drainSeconds`.
   * @default 35
   */
  readonly preStopSeconds?: number;
  /**
   * Time from the start of the pause to SIGKILL, seconds.
   * @default - preStopSeconds + gateway.drainSeconds + 30
   */
  readonly terminationGraceSeconds?: number;
  /** Least severe level of the servers' log lines. Events of the connection pools are `debug`. @default 'info' */
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error';
  /** How often the API writes a ping into a stream that is otherwise silent, seconds. @default 15 */
  readonly streamPingSeconds?: number;
  /** The API's HTTP client pool towards LLM providers. @default - the defaults of `HttpPoolConfig` */
  readonly httpPool?: HttpPoolConfig;
}

/** The seed's HTTP agent, handed to the API by ConfigMap. */
export interface HttpPoolConfig {
  /** Keep connections open between requests. @default true */
  readonly keepAlive?: boolean;
  /** Delay of TCP keep-alive probes, ms. @default 1000 */
  readonly keepAliveMilliseconds?: number;
  /** Most sockets per host. @default 50 */
  readonly maxSockets?: number;
  /** Most idle sockets per host. @default 10 */
  readonly maxFreeSockets?: number;
  /** Socket timeout, seconds. @default 60 */
  readonly timeoutSeconds?: number;
  /** Which idle socket is used next. @default 'lifo' */
  readonly scheduling?: 'lifo' | 'fifo';
}

/** The admin servers: a fixed number of small pods. */
export interface AdminConfig {
  /** Container image of the admin servers. @default - workload.image: one image holds both servers */
  readonly image?: ImageConfig;
  /** Pods of the admin servers, 1 to 100; no HPA changes their number. @default 2 */
  readonly replicas?: number;
  /** CPU request of a pod, Kubernetes quantity. @default '100m' */
  readonly cpuRequest?: string;
  /** CPU limit of a pod, Kubernetes quantity. @default '500m' */
  readonly cpuLimit?: string;
  /** Memory request of a pod, Kubernetes quantity. @default '256Mi' */
  readonly memoryRequest?: string;
  /** Memory limit of a pod, Kubernetes quantity. @default '512Mi' */
  readonly memoryLimit?: string;
  /**
   * Most database connections of one replica for reads. The other settings of its pools are those of
   * `database.clientPool`.
   * @default 5
   */
  readonly databasePoolMax?: number;
  /** Most database connections of one replica for writes. @default 2 */
  readonly databaseWritePoolMax?: number;
}

/**
 * The seed's NGINX balancer, between the ALB and the API. It also serves HTTPS itself, to clients in the cluster.
 */
export interface NginxConfig {
  /** Route requests from the ALB through NGINX. @default false */
  readonly enabled?: boolean;
  /** NGINX pods, 1 to 100. @default 2 */
  readonly replicas?: number;
  /**
   * Secret of type `kubernetes.io/tls` in the namespace with the certificate of `domain.api`; required when enabled.
   * @default null
   */
  readonly tlsSecretName?: string | null;
  /**
   * Servers outside the cluster to balance over, e.g. the seed's virtual machines. Empty: the API's Service.
   * Kubernetes then chooses a pod for each connection, so weights and `maxFails` have no effect.
   * @default []
   */
  readonly servers?: readonly NginxServerConfig[];
  /** Failed attempts after which NGINX stops using a server for `failTimeoutSeconds`. @default 3 */
  readonly maxFails?: number;
  /**
   * How long NGINX does not use a failed server, and the time within which the attempts count, seconds.
   * @default 30
   */
  readonly failTimeoutSeconds?: number;
  /** Idle connections to servers that each worker process keeps open. @default 32 */
  readonly keepaliveConnections?: number;
  /** Requests after which a connection to a server is closed. @default 100 */
  readonly keepaliveRequests?: number;
  /** Idle time after which a connection to a server is closed, seconds. @default 60 */
  readonly keepaliveTimeoutSeconds?: number;
  /** How long to wait for a connection to a server, seconds. @default 5 */
  readonly connectTimeoutSeconds?: number;
  /** Longest silence while a request is sent, seconds. @default 60 */
  readonly sendTimeoutSeconds?: number;
  /** Longest silence while a response is read, seconds; more than `workload.streamPingSeconds`. @default 60 */
  readonly readTimeoutSeconds?: number;
}

/** An upstream server outside the cluster. */
export interface NginxServerConfig {
  /** Address and port, e.g. `10.0.1.10:8080`. */
  readonly address: string;
  /** Share of the requests relative to the other servers' weights, 1 to 1000. */
  readonly weight: number;
  /** Use the server only while all servers that are not backups are unavailable. */
  readonly backup: boolean;
}

/** Where the HPA's metric `requests_per_second` comes from. */
export interface MetricsConfig {
  /**
   * What serves the HPA's `requests_per_second`.
   * - `prometheus-adapter`: rendered here. It registers as the custom metrics API of the whole cluster, which
   *   can have one provider only.
   * - `existing`: a provider that already runs in the cluster (docs/cluster-requirements.md says what it must
   *   serve).
   * - `none`: no provider; the HPA must not use the metric.
   * @default - 'prometheus-adapter', 'existing' in an existing cluster; 'none' with `autoscaling.driver:
   * 'keda'` or without the metric
   */
  readonly provider?: 'prometheus-adapter' | 'existing' | 'none';
  /**
   * URL, without a path, of a Prometheus that already scrapes the API's pods and needs no log-in, e.g.
   * `http://prometheus.monitoring.svc:9090`.
   * @default null - a Prometheus is rendered here where the provider or KEDA needs it
   */
  readonly prometheusUrl?: string | null;
  /**
   * Namespace whose pods may scrape the pods here, where no Prometheus is rendered; required with `provider:
   * 'existing'`.
   * @default null - the namespace in `prometheusUrl`, or no namespace
   */
  readonly scraperNamespace?: string | null;
  /** Pods of Prometheus, and of the adapter, 1 to 100. Each Prometheus scrapes all pods itself. @default 2 */
  readonly replicas?: number;
  /**
   * Render Grafana's dashboards as ConfigMaps, which the sidecar of Grafana's Helm chart finds
   * (docs/dashboards.md).
   * @default false
   */
  readonly grafanaDashboards?: boolean;
  /**
   * Namespace of the Grafana that shows the dashboards. Its pods may query the Prometheus that is rendered
   * here.
   * @default 'monitoring'
   */
  readonly grafanaNamespace?: string;
}

/** Source of the Argo CD Application. */
export interface GitOpsConfig {
  /** URL of the git repository that holds the rendered manifests. */
  readonly repositoryUrl: string;
  /** Branch, tag or commit that Argo CD deploys. */
  readonly revision: string;
  /** Folder of the environment's manifests in the repository. */
  readonly path: string;
}

/** Autoscaling of the API's pods. */
export interface AutoscalingConfig {
  /**
   * What sets the number of replicas: an HPA that is rendered here, or a KEDA ScaledObject with the same
   * numbers, for which KEDA creates an HPA. KEDA must be installed (docs/cluster-requirements.md). Predictive
   * scaling does not act on an HPA of KEDA's.
   * @default 'hpa'
   */
  readonly driver?: 'hpa' | 'keda';
  /**
   * Which autoscaler acts on what; sets the defaults of `hpa` and `vpa`.
   * - `hpa-acts`: the seed's HPA exactly; the VPA only recommends.
   * - `vpa-acts`: the HPA follows requests per second alone; the VPA resizes CPU and memory in place.
   * - `seed-verbatim`: both act on CPU and memory, as in the seed. The VPA's documentation forbids it, so
   *   `conflictReason` must say why.
   * @default 'hpa-acts'
   */
  readonly preset?: 'hpa-acts' | 'vpa-acts' | 'seed-verbatim';
  /** Why HPA and VPA may act on the same resources; only with `preset: 'seed-verbatim'`. @default null */
  readonly conflictReason?: string | null;
  /** HorizontalPodAutoscaler of the API. @default - the defaults of `HpaConfig` */
  readonly hpa?: HpaConfig;
  /** VerticalPodAutoscaler of the API. @default - the defaults of `VpaConfig` */
  readonly vpa?: VpaConfig;
}

/**
 * The HorizontalPodAutoscaler: bounds, targets and pace. With several targets, the one that needs most pods
 * counts.
 */
export interface HpaConfig {
  /** Lower bound of the HPA, pods. @default 3 */
  readonly minReplicas?: number;
  /** Upper bound of the HPA, pods. @default 50 */
  readonly maxReplicas?: number;
  /** Target CPU use, percent of the request; null removes the metric. @default 70, null with `vpa-acts` */
  readonly cpuUtilizationPercent?: number | null;
  /** Target memory use, percent of the request; null removes the metric. @default 80, null with `vpa-acts` */
  readonly memoryUtilizationPercent?: number | null;
  /** Target requests per second of one pod; null removes the metric. @default 100 */
  readonly requestsPerSecond?: number | null;
  /**
   * Target of the gateway's calls under way and in the queue of one pod, percent of `gateway.maxConnections`, as the mean
   * of a minute; null removes the metric. Calls of 30 s fill a pod at four a second, long before its requests per second
   * or its CPU say so.
   * @default - 70, null where requestsPerSecond is null
   */
  readonly gatewaySlotsPercent?: number | null;
  /** How fast the HPA may remove pods. @default - window 300 s; 50 % and 2 pods per 60 s, the smaller */
  readonly scaleDown?: ScalingBehaviorConfig;
  /** How fast the HPA may add pods. @default - window 0 s; 100 % and 4 pods per 30 s, the larger */
  readonly scaleUp?: ScalingBehaviorConfig;
}

/** Limits on how fast the HPA changes the number of replicas (limits, not targets). */
export interface ScalingBehaviorConfig {
  /**
   * Seconds of past recommendations that the HPA considers, 0 to 3600.
   * @default - 300 for scaling down, 0 for scaling up
   */
  readonly stabilizationWindowSeconds?: number;
  /**
   * Share of the replicas that one period may add or remove, percent.
   * @default - 50 for scaling down, 100 for scaling up
   */
  readonly percent?: number;
  /** Pods that one period may add or remove. @default - 2 for scaling down, 4 for scaling up */
  readonly pods?: number;
  /**
   * Length of the period of both policies, seconds, 1 to 1800.
   * @default - 60 for scaling down, 30 for scaling up
   */
  readonly periodSeconds?: number;
  /**
   * Which policy counts when they differ; `Disabled` stops scaling in this direction.
   * @default - 'Min' for scaling down, 'Max' for scaling up
   */
  readonly selectPolicy?: 'Max' | 'Min' | 'Disabled';
}

/** The VerticalPodAutoscaler: whether it acts, on which resources, within which bounds. */
export interface VpaConfig {
  /**
   * What the VPA does with its recommendation. `Auto` is deprecated and means `Recreate`; `InPlaceOrRecreate`
   * needs Kubernetes 1.33.
   * @default - 'Off', 'InPlaceOrRecreate' with `vpa-acts`, 'Auto' with `seed-verbatim`
   */
  readonly updateMode?: 'Off' | 'Initial' | 'Recreate' | 'InPlaceOrRecreate' | 'Auto';
  /** Smallest CPU request that the VPA sets, Kubernetes quantity. @default '100m' */
  readonly minCpu?: string;
  /** Smallest memory request that the VPA sets, Kubernetes quantity. @default '128Mi' */
  readonly minMemory?: string;
  /** Largest CPU request that the VPA sets, Kubernetes quantity. @default '2000m' */
  readonly maxCpu?: string;
  /** Largest memory request that the VPA sets, Kubernetes quantity. @default '2Gi' */
  readonly maxMemory?: string;
  /** Resources whose requests the VPA may change. @default ['cpu', 'memory'] */
  readonly controlledResources?: readonly ('cpu' | 'memory')[];
}

/** The predictive scaler: how often it runs, which workloads it scales, and when its alarms go off. */
export interface PredictiveScalingConfig {
  /** Time between two runs, minutes, 2 to 30. @default 5 */
  readonly intervalMinutes?: number;
  /**
   * Minutes after which a floor that no run has renewed is released; more than two intervals, so that one
   * failed run releases nothing.
   * @default 20
   */
  readonly leaseMinutes?: number;
  /** Deployments whose HPAs get a floor. @default - the API: `[{ name: '<environment>-api' }]` */
  readonly workloads?: readonly ScaledWorkloadConfig[];
  /** Most workloads of one scaler function and its schedule, 1 to 200. @default 100 */
  readonly workloadsPerSchedule?: number;
  /**
   * Memory of the scaler function, MiB, 512 to 10240. Lambda gives CPU in proportion: one vCPU at 1769 MiB.
   * @default 1769
   */
  readonly memoryMib?: number;
  /** Record traces with AWS X-Ray. @default false */
  readonly tracing?: boolean;
  /** Days that the functions' logs are kept. @default 30 */
  readonly logRetentionDays?: number;
  /**
   * When the alarms of predictive scaling go off.
   * @default - the defaults of `PredictiveScalingAlarmsConfig`
   */
  readonly alarms?: PredictiveScalingAlarmsConfig;
}

/** When the alarms of predictive scaling go off. Durations on workloads are 1 to 180 minutes. */
export interface PredictiveScalingAlarmsConfig {
  /** Minutes without a completed run; at least two intervals. @default 15 */
  readonly heartbeatMissingMinutes?: number;
  /** Duration of a run, percent of the function's time-out. @default 80 */
  readonly durationPercent?: number;
  /** Minutes for which a workload's run has failed. @default 15 */
  readonly workloadFailedMinutes?: number;
  /** Minutes for which forecasts have been no better than repeating the last load. @default 60 */
  readonly skillLostMinutes?: number;
  /** Lowest share of loads at or below their forecast 90 % quantile, percent. @default 80 */
  readonly coverageLeastPercent?: number;
  /** Highest share of loads at or below their forecast 90 % quantile, percent. @default 98 */
  readonly coverageMostPercent?: number;
  /** Minutes for which the floor has been the HPA's `maxReplicas`. @default 30 */
  readonly floorAtMaximumMinutes?: number;
}

/**
 * A Deployment whose HPA gets a floor. The defaults are those of the API's HPA. For any other HPA `loadPerReplica`,
 * `baseMinReplicas`, `hpaTarget`, `load` and `alwaysOn` have no default and are required.
 */
export interface ScaledWorkloadConfig {
  /**
   * Name of the workload's stored state and dimension of its metrics, unique in account and region, e.g.
   * `prod-api`.
   */
  readonly name: string;
  /**
   * Kubernetes namespace of the HPA. In another namespace than ours, you apply the scaler's Role and
   * RoleBinding yourself (docs/gitops.md).
   * @default 'llm-cost-ops'
   */
  readonly namespace?: string;
  /** HorizontalPodAutoscaler (autoscaling/v2); not one that KEDA owns. @default 'llm-cost-ops-hpa' */
  readonly hpaName?: string;
  /**
   * `act` changes the floor. `forecast-only` forecasts, reports, and sends the change to the API server as a
   * dry run.
   * @default 'forecast-only'
   */
  readonly mode?: 'act' | 'forecast-only';
  /**
   * How a forecast becomes a number of replicas. `adaptive`: the rule that would have cost least in the last
   * days. `buffer`: the seed's rule, 20 % above the forecast.
   * @default 'adaptive'
   */
  readonly rule?: 'adaptive' | 'buffer';
  /** `minReplicas` in the HPA's manifest; the floor is never lower. @default - autoscaling.hpa.minReplicas */
  readonly baseMinReplicas?: number;
  /**
   * Load that one replica can serve, requests per second.
   * @default - autoscaling.hpa.requestsPerSecond, 100 where that is null
   */
  readonly loadPerReplica?: number;
  /** Minutes from requesting a pod until it serves: node, image, readiness. @default 3 */
  readonly startMinutes?: number;
  /**
   * Share of `loadPerReplica` at which the HPA itself adds replicas, above 0 to 1.
   * @default - the smaller of autoscaling.hpa.cpuUtilizationPercent / 100 and requestsPerSecond /
   * loadPerReplica
   */
  readonly hpaTarget?: number;
  /** IANA time zone of the people who cause the load; daily and weekly patterns follow it. @default 'UTC' */
  readonly timeZone?: string;
  /** Width of the samples, minutes: 1 or 5. CloudWatch keeps 15 days of both. @default 1 */
  readonly stepMinutes?: 1 | 5;
  /**
   * The metric that is forecast. `all-requests`: requests of the load balancer, as the HPA counts them. `api-requests`
   * and `gateway-requests`: only those of one target group. For a service that is mostly gateway choose
   * `gateway-requests` with `loadPerReplica` by Little's law (docs/predictive-scaling.md). Otherwise a metric in CloudWatch.
   * @default 'all-requests'
   */
  readonly load?: 'all-requests' | 'api-requests' | 'gateway-requests' | CloudWatchMetricConfig;
  /**
   * A metric that has data points whenever the service is up: where it has points and `load` has no point,
   * the load was zero. `api-healthy-hosts`: the healthy targets of the API's target group. null: a missing
   * point means that the load is unknown.
   * @default 'api-healthy-hosts'
   */
  readonly alwaysOn?: 'api-healthy-hosts' | CloudWatchMetricConfig | null;
  /** Planned events, which the history cannot predict. @default [] */
  readonly events?: readonly PlannedEventConfig[];
}

/** A CloudWatch metric of the environment's account and region. */
export interface CloudWatchMetricConfig {
  /** CloudWatch namespace, e.g. `AWS/ApplicationELB`. */
  readonly namespace: string;
  /** Metric name as it is published, e.g. `RequestCount`. */
  readonly name: string;
  /** Every dimension that the metric is published with: values by name. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** CloudWatch statistic over one sample of `stepMinutes`. */
  readonly statistic: 'Sum' | 'Average' | 'Maximum' | 'Minimum' | 'SampleCount';
  /** Factor that turns a value into requests per second, above 0, e.g. 1/60 for the sum of one minute. */
  readonly scale: number;
}

/** A time window in which the load will differ from what the history predicts. */
export interface PlannedEventConfig {
  /** What the event is, for people; at most 100 characters. */
  readonly name: string;
  /** First instant of the window: `2026-11-27T08:00` in `timeZone`, or an instant with `Z` or an offset. */
  readonly start: string;
  /** First instant after the window, in the same form as `start`. */
  readonly end: string;
  /** IANA time zone of `start` and `end`. @default - the workload's */
  readonly timeZone?: string;
  /** Factor on the number of replicas that the forecast asks for, above 0. @default 1 */
  readonly multiplier?: number;
  /** Fewest replicas during the window; 0 sets no minimum. @default 0 */
  readonly minReplicas?: number;
  /** Whether models ignore the window's data when they learn. @default false */
  readonly excludeFromTraining?: boolean;
}

/**
 * The seed's KPIs as limits: an alarm goes off when one is missed. lib/config/objectives.ts says which metric measures
 * each; docs/runbook.md says what to do.
 */
export interface ObjectivesConfig {
  /** Median latency of the API until the first byte of a response, ms. @default 100 */
  readonly latencyP50Milliseconds?: number;
  /** 95th percentile of the same latency, ms. @default 500 */
  readonly latencyP95Milliseconds?: number;
  /** 99th percentile of the same latency, ms. @default 1000 */
  readonly latencyP99Milliseconds?: number;
  /** Requests per second that the API can serve with `autoscaling.hpa.maxReplicas`. @default 1000 */
  readonly requestsPerSecond?: number;
  /** Users that may be connected at the same time; measured as open connections. @default 10000 */
  readonly concurrentUsers?: number;
  /** Highest CPU use of API pods (of their limit), database and cache, percent. @default 70 */
  readonly cpuPercent?: number;
  /** Highest memory use of API pods (of their limit), database and cache, percent. @default 80 */
  readonly memoryPercent?: number;
  /** Highest use of the database's disk bandwidth, percent. @default 60 */
  readonly diskIoPercent?: number;
  /**
   * Share of requests that a target answers, percent: the load balancer itself does not have to answer them
   * with an error.
   * @default 99.9
   */
  readonly uptimePercent?: number;
  /** Highest share of failed requests, percent. @default 0.1 */
  readonly errorRatePercent?: number;
  /** Lowest share of LLM answers that come from the cache, percent. @default 60 */
  readonly cacheHitPercent?: number;
  /** Highest mean response time of LLM providers, ms. @default 2000 */
  readonly llmLatencyMilliseconds?: number;
  /** Highest share of LLM calls that time out, percent. @default 0.5 */
  readonly llmTimeoutPercent?: number;
  /** Longest time of a gateway's call besides its provider's, ms, for 99 % of the calls. @default 100 */
  readonly gatewayOverheadMilliseconds?: number;
  /** Highest share of attempts to call a provider that fail, percent. @default 5 */
  readonly providerErrorPercent?: number;
  /** Highest share of the gateway's journal in use, percent; calls are refused where it is full. @default 50 */
  readonly journalUsedPercent?: number;
  /** Most calls in an hour that outlive their pod and are recorded with an estimated cost. @default 10 */
  readonly callsAbandonedPerHour?: number;
  /** Most budgets that reach their limit in an hour. @default 0 */
  readonly budgetLimitsPerHour?: number;
  /**
   * Share of `requestsPerSecond` and of `concurrentUsers` above which too little capacity is left, percent.
   * @default 80
   */
  readonly capacityUsedPercent?: number;
  /** Most requests that wait for a connection in the pool of one replica. @default 5 */
  readonly poolWaiting?: number;
  /** Most records in an hour that the service refuses to store. @default 100 */
  readonly rejectedRecordsPerHour?: number;
  /** Most requests of the last 24 hours that have no price, or only a part of one. @default 0 */
  readonly unpricedRequestsPerDay?: number;
  /** Most requests that are still active after an hour: their senders never ended them. @default 100 */
  readonly requestsLeftActive?: number;
  /** Most statements in 5 minutes that take `database.slowQueryMilliseconds` or longer. @default 10 */
  readonly slowQueriesPer5Minutes?: number;
  /**
   * Most connections of the RDS Proxy that sessions may pin, percent of those that the proxy may open.
   * @default 10
   */
  readonly pinnedConnectionsPercent?: number;
  /**
   * Lowest free storage of the database, percent of `allocatedStorageGib`, 1 to 9. RDS itself adds storage at
   * 10 %.
   * @default 5
   */
  readonly freeStoragePercent?: number;
  /** Highest share of CloudFront responses with a server error, percent. @default 1 */
  readonly cdnErrorPercent?: number;
  /**
   * Fewest requests for which a window's error and latency shares count: with ten requests, one failure would
   * be an outage.
   * @default 100
   */
  readonly leastRequests?: number;
  /** Fewest LLM calls, or cache look-ups for them, in ten minutes for which their shares count. @default 30 */
  readonly leastLlmCalls?: number;
}

/**
 * Who receives alarms by mail. SNS asks each address to confirm. Other receivers subscribe to the topics in the
 * outputs of the Observability stack.
 */
export interface AlarmsConfig {
  /**
   * URL of docs/runbook.md without an anchor; alarms and dashboards link to it.
   * @default 'docs/runbook.md' - the file's place in the repository
   */
  readonly runbookUrl?: string;
  /** Mail addresses for alarms that users notice and that cannot wait. @default [] */
  readonly pageEmails?: readonly string[];
  /** Mail addresses for alarms that can wait for working hours, and for the budget. @default [] */
  readonly ticketEmails?: readonly string[];
}

/**
 * A monthly budget in AWS Budgets. It counts costs by the tags `project` and `environment`; docs/cost.md says how to
 * activate them.
 */
export interface BudgetConfig {
  /** Budget of a calendar month, USD; `npm run cost` estimates the cost. */
  readonly monthlyUsd: number;
  /** Notify when the month's forecast passes these shares of the budget, percent. @default [100] */
  readonly forecastPercents?: readonly number[];
  /** Notify when the month's actual costs pass these shares of the budget, percent. @default [80, 100] */
  readonly spentPercents?: readonly number[];
}

/** `T` with every knob required, at every level. */
type Resolved<T> = T extends readonly (infer Item)[]
  ? readonly Resolved<Item>[]
  : T extends object
    ? { readonly [K in keyof T]-?: Resolved<Exclude<T[K], undefined>> }
    : T;

/** The cluster after resolution: one shape for managed and existing clusters. */
export interface ResolvedCluster {
  /** `managed`: the Cluster stack creates it. `existing`: it is imported by name. */
  readonly kind: 'managed' | 'existing';
  /** EKS cluster name. */
  readonly name: string;
  /** Kubernetes version, `1.minor`. */
  readonly version: string;
  /** Controller that serves TargetGroupBindings; always `eks-auto-mode` in a managed cluster. */
  readonly loadBalancerController: LoadBalancerController;
  /** IPv4 range of Service addresses, CIDR. */
  readonly serviceCidr: string;
  /** `managed`: the manifests install the VPA. true: it is there. false: no VerticalPodAutoscaler is rendered. */
  readonly verticalPodAutoscaler: boolean | 'managed';
  /** Whether the CloudWatch Observability add-on is installed. */
  readonly containerInsights: boolean;
  /** Security group of the pods of an existing cluster; null for a managed one, whose stack creates it. */
  readonly securityGroupId: string | null;
  /**
   * HTTPS address of an existing cluster's Kubernetes API; null for a managed cluster, or when it is not
   * known.
   */
  readonly endpoint: string | null;
  /**
   * Certificate authority of an existing cluster's Kubernetes API, PEM in base64; null where `endpoint` may
   * be.
   */
  readonly certificateAuthority: string | null;
  /** Security group of an existing cluster's Kubernetes API; null for a managed cluster. */
  readonly apiSecurityGroupId: string | null;
  /**
   * ARNs of the IAM roles that administer a managed cluster, that of `adminRoleName` last; empty for an existing one.
   */
  readonly adminRoleArns: readonly string[];
  /** Name of the role among them that the Cluster stack creates; null: it creates none. */
  readonly adminRoleName: string | null;
  /**
   * Addresses outside the VPC that may reach a managed cluster's Kubernetes API, CIDR; empty keeps it
   * private.
   */
  readonly publicAccessCidrs: readonly string[];
  /** Days that the control plane logs of a managed cluster are kept. */
  readonly logRetentionDays: number;
}

/** Predictive scaling after resolution, where it is on. */
export type ResolvedPredictiveScaling = NonNullable<ResolvedConfig['predictiveScaling']>;
/** A workload of predictive scaling after resolution. */
export type ResolvedWorkload = ResolvedPredictiveScaling['workloads'][number];

/** What stacks and charts read: validated, with every default filled in. */
export type ResolvedConfig = Resolved<Omit<EnvironmentConfig, 'admin' | 'cluster' | 'workload'>> & {
  /** Name of the environment, e.g. `prod`. */
  readonly environment: string;
  readonly workload: Resolved<Omit<WorkloadConfig, 'image'>> & { readonly image: ResolvedImage };
  readonly admin: Resolved<Omit<AdminConfig, 'image'>> & { readonly image: ResolvedImage };
  readonly cluster: ResolvedCluster;
};
