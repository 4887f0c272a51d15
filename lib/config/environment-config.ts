/**
 * Every knob of an environment. Values live in `environments.ts`, defaults in `defaults.ts`, allowed ranges in
 * `schema.ts`, rules between knobs in `rules/`; `resolveConfig` puts them together. Units stand in the names.
 * `null` switches a feature off; an absent knob takes its default.
 */
export interface EnvironmentConfig {
  /** AWS account id, 12 digits. */
  readonly account: string;
  /** AWS region of everything but the CloudFront certificate and web ACL, which must be in us-east-1. */
  readonly region: string;
  /**
   * The three availability zones to use. Accounts see different ones, and EKS does not run in every zone:
   * `aws ec2 describe-availability-zones --region <region>` lists yours.
   * @default - zones a, b and c of the region
   */
  readonly availabilityZones?: readonly string[];
  /** What the environment is for. `production` turns the protection rules of `rules/production-rules.ts` on. */
  readonly stage: 'development' | 'staging' | 'production';
  /** Value of the `cost-centre` tag. */
  readonly costCentre: string;
  /**
   * Keep databases, caches' snapshots, keys, buckets and logs when their stack is deleted.
   * @default true
   */
  readonly retainData?: boolean;
  /**
   * Refuse to delete stacks that hold state (Network, Data, Cache, Cdn, Cluster).
   * @default true
   */
  readonly terminationProtection?: boolean;
  readonly domain: DomainConfig;
  readonly network?: NetworkConfig;
  readonly database?: DatabaseConfig;
  readonly cache?: CacheConfig;
  readonly loadBalancer?: LoadBalancerConfig;
  readonly webAcl?: WebAclConfig;
  readonly cdn?: CdnConfig;
  readonly cluster: ClusterConfig;
  readonly workload: WorkloadConfig;
  readonly admin: AdminConfig;
  readonly nginx?: NginxConfig;
  readonly autoscaling?: AutoscalingConfig;
  /**
   * Floors under HPAs, raised ahead of the load that is forecast; null: none, and its stack is empty.
   * @default - on, without acting (`mode: 'forecast-only'`); null with `autoscaling.driver: 'keda'`
   */
  readonly predictiveScaling?: PredictiveScalingConfig | null;
  readonly metrics?: MetricsConfig;
  /** How Argo CD finds the rendered manifests. @default null - no Application is rendered */
  readonly gitops?: GitOpsConfig | null;
  readonly objectives?: ObjectivesConfig;
  readonly alarms?: AlarmsConfig;
  /** What the environment may cost a month; null: nobody watches. @default null */
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
   * Route 53 public hosted zone to write records into and to validate certificates with.
   * @default null - DNS records are yours to make, and both certificate ARNs are required
   */
  readonly hostedZone?: HostedZoneConfig | null;
  /**
   * ACM certificate of the ALB, in the environment's region; must cover all three hosts (CloudFront passes its
   * viewers' Host header on to the ALB).
   * @default null - one is made and validated in the hosted zone
   */
  readonly certificateArn?: string | null;
  /**
   * ACM certificate of CloudFront, in us-east-1; must cover `app`.
   * @default null - one is made and validated in the hosted zone
   */
  readonly cdnCertificateArn?: string | null;
}

export interface HostedZoneConfig {
  /** Hosted zone id, e.g. `Z0123456789ABCDEFGHIJ`. */
  readonly id: string;
  /** Zone name without a trailing dot, e.g. `example.com`. */
  readonly name: string;
}

export interface NetworkConfig {
  /**
   * IPv4 range of the VPC; at least a /18, so that each of nine subnets keeps room for pods.
   * @default '10.0.0.0/16'
   */
  readonly cidr?: string;
  /**
   * NAT gateways, 1 to 3. Fewer than the zones saves about 33 USD a month each, and loses egress of the other
   * zones when the gateway's zone fails.
   * @default 3
   */
  readonly natGateways?: number;
  /**
   * AWS services reached through interface endpoints (each costs per zone and hour). The S3 gateway endpoint is
   * always there and free.
   * @default - ecr.api, ecr.dkr, eks-auth, logs, monitoring, secretsmanager, sts
   */
  readonly interfaceEndpoints?: readonly InterfaceEndpointService[];
  /**
   * Days that VPC flow logs are kept.
   * @default 90
   */
  readonly flowLogRetentionDays?: number;
}

export type InterfaceEndpointService =
  | 'ecr.api'
  | 'ecr.dkr'
  | 'eks-auth'
  | 'kms'
  | 'logs'
  | 'monitoring'
  | 'scheduler'
  | 'secretsmanager'
  | 'sts';

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
  /**
   * Initial gp3 storage, GiB.
   * @default 100
   */
  readonly allocatedStorageGib?: number;
  /**
   * Ceiling of storage autoscaling, GiB.
   * @default 1000
   */
  readonly maxAllocatedStorageGib?: number;
  /**
   * Synchronous standby in a second zone.
   * @default true
   */
  readonly multiAz?: boolean;
  /**
   * Read replicas, 0 to 5. RDS refuses replicas of an instance whose master secret it manages itself, so with
   * one or more the secret is ours and a hosted rotation function rotates it.
   * @default 0
   */
  readonly readReplicas?: number;
  /**
   * Days of automated backups, and so of point-in-time recovery, 1 to 35.
   * @default 14
   */
  readonly backupRetentionDays?: number;
  /**
   * Refuse to delete the instance.
   * @default true
   */
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
   * `max_connections` of the server; at most what the class's memory gives by RDS's own formula. A change takes
   * effect when the instance is next rebooted.
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
   * Months that requests stay in `llm_requests` after the one they were made in, 1 to 120. Older ones are detached as
   * tables of their own and dropped by nobody.
   * @default 13
   */
  readonly requestRetentionMonths?: number;
  /**
   * How the API logs in. `iam`, with `rds-proxy`: tokens all the way to the database, no password anywhere.
   * `password`, with `pgbouncer`: a generated secret that the API reads from Secrets Manager.
   * @default - 'iam', 'password' with `pgbouncer`
   */
  readonly authentication?: 'iam' | 'password';
  /**
   * Pooler between the API and the database. `rds-proxy` is made in the Data stack; `pgbouncer` runs in the
   * cluster and needs `authentication: 'password'`, for it cannot make IAM tokens.
   * @default 'rds-proxy'
   */
  readonly pooler?: 'rds-proxy' | 'pgbouncer';
  /** RDS Proxy settings; only with `pooler: 'rds-proxy'`. */
  readonly proxy?: DatabaseProxyConfig;
  /** PgBouncer settings; only with `pooler: 'pgbouncer'`. */
  readonly pgbouncer?: PgBouncerConfig;
  /** Pool inside each API replica. */
  readonly clientPool?: ClientPoolConfig;
  /**
   * Client connections that the pooler is sized and load-tested for. The pools of all API and admin replicas must
   * fit, with the quarter more of them that a roll-out at full scale runs; the seed's 50 x 20 alone are 1,000.
   * @default 1300
   */
  readonly maxClientConnections?: number;
}

export interface DatabaseProxyConfig {
  /**
   * How long a client waits for a server connection, seconds. AWS's default is 120; the seed's clients give up
   * after 2.
   * @default 2
   */
  readonly borrowTimeoutSeconds?: number;
  /**
   * Idle time after which the proxy closes a client connection, seconds. Longer than the clients' own, so that
   * the client closes first and never writes into a closed socket.
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
  /** Replicas; each takes all clients while another is away. @default 2 */
  readonly replicas?: number;
  /**
   * Share of `max_connections` that all PgBouncers together may open, percent; the rest is for migrations and
   * people.
   * @default 90
   */
  readonly maxConnectionsPercent?: number;
  /**
   * Secret of type `kubernetes.io/tls` in the namespace, with the certificate that clients of PgBouncer verify.
   * @default null - clients connect without TLS, inside the cluster only; the database is always reached with it
   */
  readonly tlsSecretName?: string | null;
}

/** The seed's `pg` pool, handed to the API by ConfigMap. */
export interface ClientPoolConfig {
  /** Most connections of one replica. @default 20 */
  readonly max?: number;
  /** Fewest connections of one replica. @default 5 */
  readonly min?: number;
  /** Idle time after which the client closes a connection, seconds. @default 30 */
  readonly idleTimeoutSeconds?: number;
  /** How long the API waits for a connection, seconds. @default 2 */
  readonly connectionTimeoutSeconds?: number;
  /** Uses after which a connection is retired. @default 7500 */
  readonly maxUses?: number;
}

export interface CacheConfig {
  /** Valkey version, `major.minor`. @default '8.2' */
  readonly engineVersion?: string;
  /** Graviton node type with the `cache.` prefix. @default 'cache.r7g.large' */
  readonly nodeType?: string;
  /** Shards (node groups) of the cluster-mode replication group, 1 to 90. @default 2 */
  readonly shards?: number;
  /** Replicas of each shard, 0 to 5. @default 1 */
  readonly replicasPerShard?: number;
  /** Spread each shard over zones; needs a replica. @default true */
  readonly multiAz?: boolean;
  /**
   * What goes when memory is full. Everything cached can be computed again, so any key may go.
   * @default 'allkeys-lru'
   */
  readonly evictionPolicy?: 'allkeys-lru' | 'allkeys-lfu' | 'volatile-lru' | 'volatile-lfu' | 'volatile-ttl';
  /** Days that daily snapshots are kept, 0 to 35; 0 takes none. @default 7 */
  readonly snapshotRetentionDays?: number;
  /** Days that slow and engine logs are kept. @default 30 */
  readonly logRetentionDays?: number;
  /** The client inside each API replica. */
  readonly client?: CacheClientConfig;
}

/** The seed's ioredis cluster client, handed to the API by ConfigMap. */
export interface CacheClientConfig {
  /** Retries of one command. @default 3 */
  readonly maxRetriesPerRequest?: number;
  /** Added delay per reconnection attempt, ms. @default 50 */
  readonly retryStepMilliseconds?: number;
  /** Longest delay between reconnection attempts, ms. @default 2000 */
  readonly retryMaxMilliseconds?: number;
  /** Queue commands while disconnected. @default true */
  readonly offlineQueue?: boolean;
}

export interface LoadBalancerConfig {
  /**
   * Name of the ALB. Names are unique in an account and region: change this and the two target group names
   * where environments share one. Changed later, all three must change together, for a target group belongs to
   * one load balancer.
   * @default 'llm-cost-ops-alb'
   */
  readonly name?: string;
  /** Name of the target group of the API. @default 'llm-api-servers' */
  readonly apiTargetGroupName?: string;
  /** Name of the target group of the admin servers. @default 'admin-servers' */
  readonly adminTargetGroupName?: string;
  /**
   * `public`: internet-facing. `cloudfront-only`: internal, reached by CloudFront through a VPC origin and by
   * nobody else. A change replaces the ALB: give it and both target groups new names in the same deployment.
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
   * Idle time after which the ALB cuts a connection, seconds. Above NGINX's and the pings of a stream.
   * @default 120
   */
  readonly idleTimeoutSeconds?: number;
  /** Health check of both target groups. */
  readonly healthCheck?: HealthCheckConfig;
  /** Routing algorithm of the target groups. @default 'least_outstanding_requests' */
  readonly algorithm?: 'least_outstanding_requests' | 'round_robin' | 'weighted_random';
  /** Life of the ALB's stickiness cookie, seconds; 0 switches stickiness off. @default 3600 */
  readonly stickinessSeconds?: number;
  /** Ramp of new targets, seconds, 30 to 900; 0 switches it off. @default 0 */
  readonly slowStartSeconds?: number;
  /** How long a leaving target may finish its requests, seconds. @default 30 */
  readonly deregistrationDelaySeconds?: number;
  /**
   * Listener rules in the order of their priority; a request that matches none goes to the API servers.
   * @default - 1: `/api/v1/*` on the api and app hosts -> api; 2: the admin host -> admin
   */
  readonly routingRules?: readonly RoutingRuleConfig[];
  /** Days that access and connection logs are kept. @default 90 */
  readonly logRetentionDays?: number;
}

export interface HealthCheckConfig {
  /** Seconds between two checks. @default 30 */
  readonly intervalSeconds?: number;
  /** Seconds to wait for an answer; less than the interval. @default 5 */
  readonly timeoutSeconds?: number;
  /** Good answers until a target is healthy. @default 2 */
  readonly healthyThreshold?: number;
  /** Bad answers until a target is unhealthy. @default 3 */
  readonly unhealthyThreshold?: number;
  /** HTTP codes of a good answer. @default '200-299' */
  readonly matcher?: string;
}

export interface RoutingRuleConfig {
  /** 1 to 50000, unique; lower is asked first. */
  readonly priority: number;
  /** Path patterns; empty matches every path. */
  readonly paths: readonly string[];
  /** Host names; empty matches every host. */
  readonly hosts: readonly string[];
  /** Where a matching request goes. */
  readonly target: 'api' | 'admin';
}

export interface WebAclConfig {
  /**
   * Requests of one client address in 5 minutes above which it is blocked, 100 to 2000000000.
   * @default 10000
   */
  readonly rateLimitPer5Minutes?: number;
  /** Days that the log of blocked requests is kept. @default 30 */
  readonly logRetentionDays?: number;
}

export interface CdnConfig {
  /** Edge locations to pay for. @default 'PriceClass_100' */
  readonly priceClass?: 'PriceClass_100' | 'PriceClass_200' | 'PriceClass_All';
  /**
   * How long CloudFront waits for the next bytes of the API, seconds, 1 to 120; above 60 needs a raised quota in older
   * accounts.
   * @default 60
   */
  readonly readTimeoutSeconds?: number;
  /** Days that access logs are kept. @default 90 */
  readonly logRetentionDays?: number;
}

/** Either a cluster of ours or an existing one by name. */
export type ClusterConfig = ManagedClusterConfig | ExistingClusterConfig;

/** What the charts may count on in the cluster. */
export interface ClusterCapabilitiesConfig {
  /**
   * The Vertical Pod Autoscaler is installed (docs/cluster-requirements.md). Without it no VPA is rendered.
   * @default true
   */
  readonly verticalPodAutoscaler?: boolean;
  /**
   * The CloudWatch Observability add-on is installed: Container Insights, the logs of pods and an agent for the API's
   * metrics. Without it nothing watches the CPU and memory of pods, the LLM objectives and the database pools.
   * @default true - false in an existing cluster
   */
  readonly containerInsights?: boolean;
}

/** EKS with Auto Mode, made by the Cluster stack. */
export interface ManagedClusterConfig extends ClusterCapabilitiesConfig {
  /** Kubernetes version, `1.minor`. @default '1.36' */
  readonly version?: string;
  /** Name of the cluster. @default - llm-cost-ops-<environment> */
  readonly name?: string;
  /** IAM roles (ARNs) that administer the cluster; at least one, for nobody else can apply a manifest. */
  readonly adminRoleArns: readonly string[];
  /**
   * Addresses that may reach the Kubernetes API from outside the VPC, CIDR; empty leaves it private.
   * @default []
   */
  readonly publicAccessCidrs?: readonly string[];
  /** Days that control plane logs are kept. @default 90 */
  readonly logRetentionDays?: number;
  /**
   * Addresses of Services, CIDR; fixed for the cluster's life. Network policies let pods ask DNS there.
   * @default '172.20.0.0/16'
   */
  readonly serviceCidr?: string;
}

export interface ExistingClusterConfig extends ClusterCapabilitiesConfig {
  /** A cluster that already runs in the VPC of the Network stack. */
  readonly existing: {
    /** Name of the cluster; it must run the EKS Pod Identity agent. */
    readonly name: string;
    /** Kubernetes version, `1.minor`. */
    readonly version: string;
    /** Security group of the pods (by default the cluster security group). */
    readonly securityGroupId: string;
    /** Which controller serves TargetGroupBindings. */
    readonly loadBalancerController: LoadBalancerController;
    /**
     * Addresses of Services: `aws eks describe-cluster --query cluster.kubernetesNetworkConfig.serviceIpv4Cidr`.
     * @default '172.20.0.0/16'
     */
    readonly serviceCidr?: string;
    /**
     * HTTPS address of the Kubernetes API: `aws eks describe-cluster --name <name> --query cluster.endpoint`;
     * required with predictive scaling, as is the next one. The cluster must take access entries
     * (`--query cluster.accessConfig.authenticationMode` is `API` or `API_AND_CONFIG_MAP`) and have a private endpoint.
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

export interface WorkloadConfig {
  readonly image: {
    /** Tag or `sha256:` digest; never `latest`. */
    readonly tag: string;
    /**
     * Repository without tag.
     * @default - the ECR repository of the environment's account and region
     */
    readonly repository?: string;
  };
  /** CPU that a pod asks for, Kubernetes quantity; the HPA's CPU percentage is of this. @default '500m' */
  readonly cpuRequest?: string;
  /** Most CPU of a pod. @default '2000m' */
  readonly cpuLimit?: string;
  /** Memory that a pod asks for; the HPA's memory percentage is of this. @default '512Mi' */
  readonly memoryRequest?: string;
  /** Most memory of a pod. @default '2Gi' */
  readonly memoryLimit?: string;
  /**
   * Pause before a leaving pod gets SIGTERM, seconds: the ALB stops sending new requests in the meantime.
   * @default 35
   */
  readonly preStopSeconds?: number;
  /** Time from the start of the pause to SIGKILL, seconds. @default 95 */
  readonly terminationGraceSeconds?: number;
  /** How often the API writes a ping into an otherwise silent stream, seconds. @default 15 */
  readonly streamPingSeconds?: number;
  /** The API's HTTP client pool towards LLM providers. */
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

/** The admin servers: small, of a fixed size. */
export interface AdminConfig {
  readonly image: {
    /** Tag or `sha256:` digest; never `latest`. */
    readonly tag: string;
    /**
     * Repository without tag.
     * @default - the ECR repository of the environment's account and region
     */
    readonly repository?: string;
  };
  /** Replicas. @default 2 */
  readonly replicas?: number;
  /** CPU that a pod asks for. @default '100m' */
  readonly cpuRequest?: string;
  /** Most CPU of a pod. @default '500m' */
  readonly cpuLimit?: string;
  /** Memory that a pod asks for. @default '256Mi' */
  readonly memoryRequest?: string;
  /** Most memory of a pod. @default '512Mi' */
  readonly memoryLimit?: string;
  /** Most database connections of one replica; the rest of its pool is as the API's. @default 5 */
  readonly databasePoolMax?: number;
}

/**
 * The seed's NGINX balancer, between the ALB and the API; it also serves HTTPS of its own to clients in the cluster.
 */
export interface NginxConfig {
  /** Put it in the way of requests. @default false */
  readonly enabled?: boolean;
  /** Replicas. @default 2 */
  readonly replicas?: number;
  /**
   * Secret of type `kubernetes.io/tls` in the namespace with the certificate of `domain.api`; required when enabled.
   * @default null
   */
  readonly tlsSecretName?: string | null;
  /**
   * Servers outside the cluster to balance over, e.g. the seed's virtual machines. Empty: the API's Service, behind
   * which Kubernetes chooses a pod for each connection, so that weights and `maxFails` have nothing to act on.
   * @default []
   */
  readonly servers?: readonly NginxServerConfig[];
  /** Failed tries after which a server is left alone. @default 3 */
  readonly maxFails?: number;
  /** How long it is left alone, and the time in which the tries count, seconds. @default 30 */
  readonly failTimeoutSeconds?: number;
  /** Idle connections to servers that each worker keeps. @default 32 */
  readonly keepaliveConnections?: number;
  /** Requests after which a connection to a server is closed. @default 100 */
  readonly keepaliveRequests?: number;
  /** Idle time after which a connection to a server is closed, seconds. @default 60 */
  readonly keepaliveTimeoutSeconds?: number;
  /** How long to wait for a connection to a server, seconds. @default 5 */
  readonly connectTimeoutSeconds?: number;
  /** Longest silence while a request is sent, seconds. @default 60 */
  readonly sendTimeoutSeconds?: number;
  /** Longest silence while an answer is read, seconds; more than the ping of a stream. @default 60 */
  readonly readTimeoutSeconds?: number;
}

export interface NginxServerConfig {
  /** Address and port, e.g. `10.0.1.10:8080`. */
  readonly address: string;
  /** Share of the requests, relative to the others. */
  readonly weight: number;
  /** Used only while all others are away. */
  readonly backup: boolean;
}

/** Where the HPA's requests per second come from. */
export interface MetricsConfig {
  /**
   * What serves the HPA's `requests_per_second`.
   * - `prometheus-adapter`: rendered here. It registers the custom metrics API of the whole cluster, which has one
   *   provider only.
   * - `existing`: a provider that the cluster has already (docs/cluster-requirements.md says what it must serve).
   * - `none`: nothing; the HPA must not use the metric.
   * @default - 'prometheus-adapter', 'existing' in an existing cluster; 'none' with `autoscaling.driver: 'keda'` or
   * without the metric
   */
  readonly provider?: 'prometheus-adapter' | 'existing' | 'none';
  /**
   * Prometheus that scrapes the API's pods already and asks for no log-in, without a path, e.g.
   * `http://prometheus.monitoring.svc:9090`.
   * @default null - one is rendered here where the provider or KEDA needs it
   */
  readonly prometheusUrl?: string | null;
  /**
   * Namespace whose pods may scrape the pods here, where no Prometheus is rendered; required with
   * `provider: 'existing'`.
   * @default null - the namespace in `prometheusUrl`, or nobody
   */
  readonly scraperNamespace?: string | null;
  /** Replicas of Prometheus and of the adapter, each complete in itself. @default 2 */
  readonly replicas?: number;
  /**
   * Render Grafana's dashboards as ConfigMaps, which the sidecar of Grafana's Helm chart finds (docs/dashboards.md).
   * @default false
   */
  readonly grafanaDashboards?: boolean;
  /**
   * Namespace of the Grafana that shows them; its pods may ask the Prometheus that is rendered here.
   * @default 'monitoring'
   */
  readonly grafanaNamespace?: string;
}

export interface GitOpsConfig {
  /** Git repository that holds the rendered manifests. */
  readonly repositoryUrl: string;
  /** Branch, tag or commit. */
  readonly revision: string;
  /** Folder of the environment's manifests in it. */
  readonly path: string;
}

export interface AutoscalingConfig {
  /**
   * What drives the number of replicas: an HPA of ours, or a KEDA ScaledObject with the same numbers, whose HPA is
   * KEDA's own. KEDA must be installed (docs/cluster-requirements.md), and predictive scaling does not act on an HPA
   * of KEDA's.
   * @default 'hpa'
   */
  readonly driver?: 'hpa' | 'keda';
  /**
   * Which autoscaler acts on what; sets the defaults of `hpa` and `vpa`.
   * - `hpa-acts`: the seed's HPA exactly; the VPA only recommends.
   * - `vpa-acts`: the HPA follows requests per second alone; the VPA resizes CPU and memory in place.
   * - `seed-verbatim`: both act on CPU and memory, as the seed has it. The VPA's documentation forbids it, so
   *   `conflictReason` must say why.
   * @default 'hpa-acts'
   */
  readonly preset?: 'hpa-acts' | 'vpa-acts' | 'seed-verbatim';
  /** Why HPA and VPA may act on the same resources; only with `preset: 'seed-verbatim'`. @default null */
  readonly conflictReason?: string | null;
  readonly hpa?: HpaConfig;
  readonly vpa?: VpaConfig;
}

export interface HpaConfig {
  /** Fewest replicas. @default 3 */
  readonly minReplicas?: number;
  /** Most replicas. @default 50 */
  readonly maxReplicas?: number;
  /** Target CPU use, percent of the request; null drops the metric. @default 70, null with `vpa-acts` */
  readonly cpuUtilizationPercent?: number | null;
  /** Target memory use, percent of the request; null drops the metric. @default 80, null with `vpa-acts` */
  readonly memoryUtilizationPercent?: number | null;
  /** Target requests per second of one pod; null drops the metric. @default 100 */
  readonly requestsPerSecond?: number | null;
  /** @default - window 300 s; 50 % and 2 pods per 60 s, the smaller */
  readonly scaleDown?: ScalingBehaviorConfig;
  /** @default - window 0 s; 100 % and 4 pods per 30 s, the larger */
  readonly scaleUp?: ScalingBehaviorConfig;
}

/** Limits on the HPA's pace (they are limits, not targets). */
export interface ScalingBehaviorConfig {
  /** Seconds over which recommendations are smoothed, 0 to 3600. */
  readonly stabilizationWindowSeconds?: number;
  /** Share of the replicas that one period may add or remove, percent. */
  readonly percent?: number;
  /** Pods that one period may add or remove. */
  readonly pods?: number;
  /** Length of the period of both policies, seconds, 1 to 1800. */
  readonly periodSeconds?: number;
  /** Which policy counts when they differ. */
  readonly selectPolicy?: 'Max' | 'Min' | 'Disabled';
}

export interface VpaConfig {
  /**
   * What the VPA does with its recommendation. `Auto` is deprecated and means `Recreate`; `InPlaceOrRecreate`
   * needs Kubernetes 1.33.
   * @default - 'Off', 'InPlaceOrRecreate' with `vpa-acts`, 'Auto' with `seed-verbatim`
   */
  readonly updateMode?: 'Off' | 'Initial' | 'Recreate' | 'InPlaceOrRecreate' | 'Auto';
  /** Smallest CPU request. @default '100m' */
  readonly minCpu?: string;
  /** Smallest memory request. @default '128Mi' */
  readonly minMemory?: string;
  /** Largest CPU request. @default '2000m' */
  readonly maxCpu?: string;
  /** Largest memory request. @default '2Gi' */
  readonly maxMemory?: string;
  /** What the VPA may change. @default ['cpu', 'memory'] */
  readonly controlledResources?: readonly ('cpu' | 'memory')[];
}

/** The predictive scaler: how often it runs, on what, and when somebody is told. */
export interface PredictiveScalingConfig {
  /** Time between two runs, minutes, 2 to 30. @default 5 */
  readonly intervalMinutes?: number;
  /**
   * A floor that is not renewed for so long is released, minutes; more than two intervals, so that one failed run
   * takes nothing away.
   * @default 20
   */
  readonly leaseMinutes?: number;
  /** Deployments whose HPAs get a floor. @default - the API: `[{ name: '<environment>-api' }]` */
  readonly workloads?: readonly ScaledWorkloadConfig[];
  /** Most workloads of one function and its schedule. @default 100 */
  readonly workloadsPerSchedule?: number;
  /**
   * Memory of the scaler, MiB; CPU comes with it, a whole one at 1769.
   * @default 1769
   */
  readonly memoryMib?: number;
  /** Record traces with X-Ray. @default false */
  readonly tracing?: boolean;
  /** Days that the functions' logs are kept. @default 30 */
  readonly logRetentionDays?: number;
  readonly alarms?: PredictiveScalingAlarmsConfig;
}

/** When the alarms of predictive scaling go off; times on workloads reach to 180 minutes. */
export interface PredictiveScalingAlarmsConfig {
  /** No run has completed for so long, minutes; at least two intervals. @default 15 */
  readonly heartbeatMissingMinutes?: number;
  /** A run takes this share of its time-out, percent. @default 80 */
  readonly durationPercent?: number;
  /** A workload's run has failed for so long, minutes. @default 15 */
  readonly workloadFailedMinutes?: number;
  /** Forecasts have been no better than repeating the last load for so long, minutes. @default 60 */
  readonly skillLostMinutes?: number;
  /** Least share of loads within the 90 % quantile, percent. @default 80 */
  readonly coverageLeastPercent?: number;
  /** Most share of loads within the 90 % quantile, percent. @default 98 */
  readonly coverageMostPercent?: number;
  /** The floor has been the HPA's maximum for so long, minutes. @default 30 */
  readonly floorAtMaximumMinutes?: number;
}

/**
 * A Deployment whose HPA gets a floor. The defaults are those of the API's HPA; for another one `loadPerReplica`,
 * `baseMinReplicas`, `hpaTarget`, `load` and `alwaysOn` have none.
 */
export interface ScaledWorkloadConfig {
  /** Unique in the account and region; name of its state and dimension of its metrics, e.g. `prod-api`. */
  readonly name: string;
  /**
   * Kubernetes namespace. Outside of ours the scaler's Role and RoleBinding are yours to apply (docs/gitops.md).
   * @default 'llm-cost-ops'
   */
  readonly namespace?: string;
  /** HorizontalPodAutoscaler (autoscaling/v2), not one of KEDA's. @default 'llm-cost-ops-hpa' */
  readonly hpaName?: string;
  /**
   * `act` moves the floor; `forecast-only` forecasts, reports, and asks the API server for a dry run.
   * @default 'forecast-only'
   */
  readonly mode?: 'act' | 'forecast-only';
  /**
   * How forecasts become replicas: `adaptive`, the cheapest rule of the last days; `buffer`, the seed's fifth above
   * the forecast.
   * @default 'adaptive'
   */
  readonly rule?: 'adaptive' | 'buffer';
  /**
   * `minReplicas` of its manifest; the floor never goes below.
   * @default - autoscaling.hpa.minReplicas
   */
  readonly baseMinReplicas?: number;
  /**
   * Load that one replica carries, requests per second.
   * @default - autoscaling.hpa.requestsPerSecond, 100 where that is null
   */
  readonly loadPerReplica?: number;
  /** From asking for a pod to its serving, minutes: node, image, readiness. @default 3 */
  readonly startMinutes?: number;
  /**
   * Share of `loadPerReplica` at which the HPA adds replicas by itself, 0 to 1.
   * @default - the least of autoscaling.hpa.cpuUtilizationPercent and requestsPerSecond / loadPerReplica
   */
  readonly hpaTarget?: number;
  /** IANA time zone of the people who make the load. @default 'UTC' */
  readonly timeZone?: string;
  /** Width of the samples, minutes: 1 or 5. CloudWatch keeps 15 days of both. @default 1 */
  readonly stepMinutes?: 1 | 5;
  /**
   * Its load: `api-requests`, what the load balancer sent to the API's target group, or a metric in CloudWatch.
   * @default 'api-requests'
   */
  readonly load?: 'api-requests' | CloudWatchMetricConfig;
  /**
   * A metric that has points whenever the service is up: where it has and `load` has none the load was zero.
   * `api-healthy-hosts`: the healthy targets of the API's target group. null: a missing point is unknown.
   * @default 'api-healthy-hosts'
   */
  readonly alwaysOn?: 'api-healthy-hosts' | CloudWatchMetricConfig | null;
  /** Planned events: what history cannot tell. @default [] */
  readonly events?: readonly PlannedEventConfig[];
}

/** A CloudWatch metric of the environment's account and region. */
export interface CloudWatchMetricConfig {
  /** E.g. `AWS/ApplicationELB`. */
  readonly namespace: string;
  readonly name: string;
  /** Every dimension that the metric is published with. */
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: 'Sum' | 'Average' | 'Maximum' | 'Minimum' | 'SampleCount';
  /** What a value is multiplied with to be requests per second, e.g. 1/60 for a minute's sum. */
  readonly scale: number;
}

/** A window in which the load will be another than history tells. */
export interface PlannedEventConfig {
  readonly name: string;
  /** `2026-11-27T08:00` in `timeZone`, or an instant with `Z` or an offset; the window has it. */
  readonly start: string;
  /** Written as `start` is; the window ends before it. */
  readonly end: string;
  /** IANA time zone. @default - the workload's */
  readonly timeZone?: string;
  /** Factor on the wanted replicas. @default 1 */
  readonly multiplier?: number;
  /** Least replicas; 0: none. @default 0 */
  readonly minReplicas?: number;
  /** Whether models learn nothing from the window. @default false */
  readonly excludeFromTraining?: boolean;
}

/**
 * The seed's KPIs, and when somebody is told that one is missed. What watches each: lib/config/objectives.ts; what to
 * do: docs/runbook.md.
 */
export interface ObjectivesConfig {
  /** Median latency of the API, ms, of its answers' first byte. @default 100 */
  readonly latencyP50Milliseconds?: number;
  /** 95th percentile of the latency, ms. @default 500 */
  readonly latencyP95Milliseconds?: number;
  /** 99th percentile of the latency, ms. @default 1000 */
  readonly latencyP99Milliseconds?: number;
  /** Requests per second that `maxReplicas` must be able to serve. @default 1000 */
  readonly requestsPerSecond?: number;
  /** Users at the same time. @default 10000 */
  readonly concurrentUsers?: number;
  /** Highest CPU use, percent. @default 70 */
  readonly cpuPercent?: number;
  /** Highest memory use, percent. @default 80 */
  readonly memoryPercent?: number;
  /** Highest use of the database's disk bandwidth, percent. @default 60 */
  readonly diskIoPercent?: number;
  /** Share of requests that the API is there for, percent: what the load balancer did not have to refuse itself. @default 99.9 */
  readonly uptimePercent?: number;
  /** Highest share of failed requests, percent. @default 0.1 */
  readonly errorRatePercent?: number;
  /** Lowest share of cache look-ups that hit, percent. @default 60 */
  readonly cacheHitPercent?: number;
  /** Mean response time of LLM providers, ms. @default 2000 */
  readonly llmLatencyMilliseconds?: number;
  /** Highest share of LLM calls that time out, percent. @default 0.5 */
  readonly llmTimeoutPercent?: number;
  /** Share of `requestsPerSecond` and `concurrentUsers` above which there is too little left, percent. @default 80 */
  readonly capacityUsedPercent?: number;
  /** Most requests that wait for a connection in one replica's pool. @default 5 */
  readonly poolWaiting?: number;
  /** Most statements above `database.slowQueryMilliseconds` in 5 minutes. @default 10 */
  readonly slowQueriesPer5Minutes?: number;
  /** Most connections of the RDS Proxy that sessions may pin, percent of those that it may open. @default 10 */
  readonly pinnedConnectionsPercent?: number;
  /**
   * Least storage that is left to the database, percent of `allocatedStorageGib`. Below 10, at which storage grows by
   * itself.
   * @default 5
   */
  readonly freeStoragePercent?: number;
  /** Highest share of CloudFront's answers with a server error, percent. @default 1 */
  readonly cdnErrorPercent?: number;
  /**
   * Requests below which a window says nothing of errors and latency: one failure of ten would be an outage.
   * @default 100
   */
  readonly leastRequests?: number;
  /** LLM calls, or look-ups in their cache, below which ten minutes say nothing of them. @default 30 */
  readonly leastLlmCalls?: number;
}

/** Who is told of alarms by mail; whoever is named has to confirm. Others subscribe to the topics in the outputs. */
export interface AlarmsConfig {
  /**
   * Where docs/runbook.md can be read, without an anchor: alarms and dashboards link it.
   * @default 'docs/runbook.md' - the file's place in the repository
   */
  readonly runbookUrl?: string;
  /** Told of what users notice and cannot wait. @default [] */
  readonly pageEmails?: readonly string[];
  /** Told of what can wait for working hours, and of the budget. @default [] */
  readonly ticketEmails?: readonly string[];
}

/** Watched by AWS Budgets by the tags `project` and `environment` (docs/cost.md says how to activate them). */
export interface BudgetConfig {
  /** What a month may cost, USD; `npm run cost` estimates it. */
  readonly monthlyUsd: number;
  /** Shares of it that the forecast of the month must not pass, percent. @default [100] */
  readonly forecastPercents?: readonly number[];
  /** Shares of it that what was spent must not pass, percent. @default [80, 100] */
  readonly spentPercents?: readonly number[];
}

/** `T` with every knob there, all the way down. */
type Resolved<T> = T extends readonly (infer Item)[]
  ? readonly Resolved<Item>[]
  : T extends object
    ? { readonly [K in keyof T]-?: Resolved<Exclude<T[K], undefined>> }
    : T;

/** The cluster after resolution: one shape for both kinds. */
export interface ResolvedCluster {
  readonly kind: 'managed' | 'existing';
  readonly name: string;
  readonly version: string;
  readonly loadBalancerController: LoadBalancerController;
  readonly serviceCidr: string;
  readonly verticalPodAutoscaler: boolean;
  readonly containerInsights: boolean;
  /** Security group of the pods of an existing cluster; null where the Cluster stack makes it. */
  readonly securityGroupId: string | null;
  /** Kubernetes API of an existing cluster: address, certificate authority, security group; null likewise. */
  readonly endpoint: string | null;
  readonly certificateAuthority: string | null;
  readonly apiSecurityGroupId: string | null;
  readonly adminRoleArns: readonly string[];
  readonly publicAccessCidrs: readonly string[];
  readonly logRetentionDays: number;
}

export type ResolvedPredictiveScaling = NonNullable<ResolvedConfig['predictiveScaling']>;
export type ResolvedWorkload = ResolvedPredictiveScaling['workloads'][number];

/** What stacks and charts take: checked, and without a missing field. */
export type ResolvedConfig = Resolved<Omit<EnvironmentConfig, 'cluster'>> & {
  /** Name of the environment, e.g. `prod`. */
  readonly environment: string;
  readonly cluster: ResolvedCluster;
};
