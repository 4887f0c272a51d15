import { GATEWAY_PATH_PATTERNS } from '../../service/contract';
import { type ErrorShape, errorLocations, errorPage, errorVariables } from './nginx-errors';

/** Path that NGINX answers itself, independent of the API: NGINX's own health. */
export const NGINX_HEALTH_PATH = '/nginx-health';

/** Name of the upstream, the seed's. */
const UPSTREAM = 'llm_backend';

/**
 * Largest request body besides the gateway's, mebibytes: twice what the service itself takes in one batch of records.
 * NGINX's default is 1.
 */
const MAX_BODY_MEBIBYTES = 10;

/** Longest header line of a request, KiB; the service's own limit of all headers. */
const MAX_HEADER_KIBIBYTES = 16;

/**
 * Room for the head of a response on the gateway's routes, KiB: providers' headers pass through. With the seed's 4 NGINX
 * answers 502 to longer ones.
 */
const GATEWAY_HEAD_KIBIBYTES = 32;

/** Start of the paths whose errors have Anthropic's shape. */
const ANTHROPIC_PATHS = '/api/v1/messages';

/** Part of a request's body kept in memory, KiB; NGINX writes larger bodies to a file. Most prompts fit. */
const BODY_BUFFER_KIBIBYTES = 128;

/**
 * Most servers that NGINX tries for one request: the seed's two and its backup. With two tries, requests would fail
 * while both are down but not yet marked as failed.
 */
const MAX_TRIES = 3;

/** A server of the upstream. */
export interface UpstreamServer {
  /** Host and port, e.g. `10.0.1.10:8080`. */
  readonly address: string;
  /** Share of the requests, relative to the others. */
  readonly weight: number;
  /** Whether it is used only while all others are unavailable. */
  readonly backup: boolean;
}

/** Values of nginx.conf that differ between environments, or between a container and a test. */
export interface NginxConfSettings {
  /** Number of worker processes: the container's CPUs; `auto` would use the node's. */
  readonly workerProcesses: number;
  /** Most connections of one worker, to clients and to servers together; an even number. */
  readonly workerConnections: number;
  /** Port of plain HTTP, where the load balancer's requests arrive. */
  readonly httpPort: number;
  /** Port of HTTPS, for clients inside the cluster. */
  readonly httpsPort: number;
  /** Host names that clients use. */
  readonly serverNames: readonly string[];
  /** CIDR blocks of the load balancer's subnets; NGINX trusts forwarding headers only from there. */
  readonly loadBalancerCidrs: readonly string[];
  /** Idle time after which a client's connection is closed, seconds; more than the load balancer's own. */
  readonly clientKeepaliveSeconds: number;
  /** Folder of `tls.crt` and `tls.key`. */
  readonly tlsFolder: string;
  /** Writable folder, for the process id and the bodies of large requests. */
  readonly tempFolder: string;
  /** File of the access log. */
  readonly accessLog: string;
  /** Upstream servers; at least one that is no backup. */
  readonly servers: readonly UpstreamServer[];
  /** Failed attempts after which NGINX skips a server; without effect where there is only one. */
  readonly maxFails: number;
  /** How long NGINX skips that server, and the period in which it counts the attempts, seconds. */
  readonly failTimeoutSeconds: number;
  /** Most idle connections to servers that each worker keeps open. */
  readonly keepaliveConnections: number;
  /** Requests after which a connection to a server is closed. */
  readonly keepaliveRequests: number;
  /** Idle time after which a connection to a server is closed, seconds; less than the server's own. */
  readonly keepaliveTimeoutSeconds: number;
  /** Timeout for connecting to a server, seconds. */
  readonly connectTimeoutSeconds: number;
  /** Longest pause between two writes of a request to a server, seconds. */
  readonly sendTimeoutSeconds: number;
  /** Longest pause between two reads of a response from a server, seconds. */
  readonly readTimeoutSeconds: number;
  /** The same on the gateway's routes, seconds: a whole answer is silent for as long as the provider's call. */
  readonly gatewayReadSeconds: number;
  /** Largest request body on the gateway's routes, mebibytes. */
  readonly gatewayBodyMebibytes: number;
}

/**
 * nginx.conf of a load balancer that runs without privileges on a read-only file system: it writes to `tempFolder`
 * only. Syntax of NGINX 1.25.1 and later (`http2 on`).
 */
export function nginxConf(settings: NginxConfSettings): string {
  return `${[
    // NGINX is the container's first process; Kubernetes restarts it.
    'daemon off;',
    `pid ${settings.tempFolder}/nginx.pid;`,
    // The descriptor needs no permission, unlike the file /dev/stderr. `warn` would log a line, with the query string,
    // for every body that goes to a file.
    'error_log stderr error;',
    `worker_processes ${settings.workerProcesses};`,
    // containerd 2 starts containers with a soft limit of 1,024. A request needs two connections and a file.
    `worker_rlimit_nofile ${1.5 * settings.workerConnections};`,
    ...block('events', [`worker_connections ${settings.workerConnections};`]),
    ...block('http', [
      'server_tokens off;',
      ...accessLog(settings.accessLog),
      ...tempPaths(settings.tempFolder),
      ...clients(settings),
      ...upstream(settings),
      ...proxying(settings),
      ...forwardedProto(settings.loadBalancerCidrs),
      ...keptRequestId(),
      ...errorVariables(),
      ...httpServer(settings),
      ...httpsServer(settings),
    ]),
  ].join('\n')}\n`;
}

/** One JSON object for each request, without query string and headers: both may hold secrets. */
function accessLog(file: string): string[] {
  const fields = {
    time: '"$time_iso8601"',
    request_id: '"$kept_request_id"',
    host: '"$host"',
    method: '"$request_method"',
    path: '"$uri"',
    status: '$status',
    bytes: '$body_bytes_sent',
    request_time: '$request_time',
    // Strings: a request tried at two servers has two values of each; they are empty where none was tried.
    upstream_addr: '"$upstream_addr"',
    upstream_response_time: '"$upstream_response_time"',
  };
  const format = Object.entries(fields).map(([name, value]) => `"${name}":${value}`);
  return [`log_format requests escape=json '{${format.join(',')}}';`, `access_log ${file} requests;`];
}

/** Folders of all modules, used or not: NGINX creates each of them when it starts. */
function tempPaths(folder: string): string[] {
  return ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
}

function clients({ clientKeepaliveSeconds }: NginxConfSettings): string[] {
  return [
    // The load balancer must close idle connections: if NGINX did, a request sent at that moment would end in a 502.
    `keepalive_timeout ${clientKeepaliveSeconds}s;`,
    `client_max_body_size ${MAX_BODY_MEBIBYTES}m;`,
    `client_body_buffer_size ${BODY_BUFFER_KIBIBYTES}k;`,
    `large_client_header_buffers 4 ${MAX_HEADER_KIBIBYTES}k;`,
  ];
}

/**
 * NGINX resolves server names once, at its start, and does not start if that fails. A Service keeps its address as long
 * as it exists; behind it connections are balanced, not requests.
 */
function upstream(settings: NginxConfSettings): string[] {
  const { servers, maxFails, failTimeoutSeconds } = settings;
  const server = ({ address, weight, backup }: UpstreamServer) =>
    `server ${address} weight=${weight} max_fails=${maxFails} fail_timeout=${failTimeoutSeconds}s${backup ? ' backup' : ''};`;
  return block(`upstream ${UPSTREAM}`, [
    // Shared memory: all workers count connections and failures together.
    `zone ${UPSTREAM} 64k;`,
    'least_conn;',
    ...servers.map(server),
    // Must come after least_conn.
    `keepalive ${settings.keepaliveConnections};`,
    // Also gives new pods behind a Service their share, because only a new connection can reach them.
    `keepalive_requests ${settings.keepaliveRequests};`,
    `keepalive_timeout ${settings.keepaliveTimeoutSeconds}s;`,
  ]);
}

/**
 * Proxy settings of all locations. All headers are set here: a block with its own `proxy_set_header` inherits none.
 */
function proxying(settings: NginxConfSettings): string[] {
  return [
    'proxy_http_version 1.1;',
    'proxy_set_header Connection "";',
    'proxy_set_header Host $host;',
    'proxy_set_header X-Real-IP $remote_addr;',
    'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
    'proxy_set_header X-Forwarded-Proto $forwarded_proto;',
    // Correlates NGINX's access log with the API's logs, and with the caller's where it sends an id of its own.
    'proxy_set_header X-Request-ID $kept_request_id;',
    `proxy_connect_timeout ${settings.connectTimeoutSeconds}s;`,
    `proxy_send_timeout ${settings.sendTimeoutSeconds}s;`,
    `proxy_read_timeout ${settings.readTimeoutSeconds}s;`,
    ...buffering(),
    ...retries(settings.connectTimeoutSeconds),
  ];
}

/**
 * NGINX reads a request fully before it forwards it (`proxy_request_buffering` stays on; streams are responses). Slow
 * clients therefore hold no connection of the API, and NGINX can retry a request at another server.
 */
function buffering(): string[] {
  return [
    'proxy_buffering on;',
    'proxy_buffer_size 4k;',
    'proxy_buffers 8 4k;',
    // A long response waits in the buffers, not in a file of up to 1 GB: a full volume would evict the pod.
    'proxy_max_temp_file_size 0;',
  ];
}

/**
 * NGINX never retries a POST that a server may have received (no `non_idempotent`): prompts cost money. The time limit
 * also prevents a retry after a read timeout.
 */
function retries(connectTimeoutSeconds: number): string[] {
  return [
    'proxy_next_upstream error timeout;',
    `proxy_next_upstream_tries ${MAX_TRIES};`,
    `proxy_next_upstream_timeout ${2 * connectTimeoutSeconds}s;`,
  ];
}

/**
 * `$forwarded_proto`: the load balancer terminates TLS, so NGINX's own `$scheme` would be http. Its `X-Forwarded-Proto`
 * counts on plain HTTP and from its subnets; every other client gets the scheme of its connection.
 */
function forwardedProto(cidrs: readonly string[]): string[] {
  return [
    ...block('geo $realip_remote_addr $from_load_balancer', [
      'default no;',
      ...cidrs.map((cidr) => `${cidr} yes;`),
    ]),
    ...block('map "$scheme $from_load_balancer $http_x_forwarded_proto" $forwarded_proto', [
      'default $scheme;',
      '"http yes https" https;',
    ]),
  ];
}

/** `$kept_request_id`: the caller's id where it is one that the service accepts, otherwise NGINX's. */
function keptRequestId(): string[] {
  return block('map $http_x_request_id $kept_request_id', [
    'default $request_id;',
    '"~^[\\w.:=/-]{1,128}$" $http_x_request_id;',
  ]);
}

/** Server for the load balancer's requests. It is the default server, because health checks send an address as Host. */
function httpServer(settings: NginxConfSettings): string[] {
  return block('server', [
    `listen ${settings.httpPort} default_server;`,
    `server_name ${settings.serverNames.join(' ')};`,
    // The client is the last address that is not the load balancer's; a client can forge the addresses before it.
    ...settings.loadBalancerCidrs.map((cidr) => `set_real_ip_from ${cidr};`),
    'real_ip_header X-Forwarded-For;',
    'real_ip_recursive on;',
    ...block(`location = ${NGINX_HEALTH_PATH}`, [
      'access_log off;',
      'default_type text/plain;',
      'return 200 "ok\\n";',
    ]),
    ...locations(settings),
  ]);
}

function httpsServer(settings: NginxConfSettings): string[] {
  return block('server', [
    `listen ${settings.httpsPort} ssl;`,
    'http2 on;',
    `server_name ${settings.serverNames.join(' ')};`,
    `ssl_certificate ${settings.tlsFolder}/tls.crt;`,
    `ssl_certificate_key ${settings.tlsFolder}/tls.key;`,
    'ssl_protocols TLSv1.2 TLSv1.3;',
    'ssl_ciphers HIGH:!aNULL:!MD5;',
    'ssl_session_cache shared:tls:10m;',
    'ssl_session_timeout 10m;',
    // A ticket key lives as long as the process; with a stolen one, recorded sessions could be decrypted.
    'ssl_session_tickets off;',
    ...locations(settings),
  ]);
}

/** `/health` goes to the API, so that the load balancer's health check covers it. */
function locations(settings: NginxConfSettings): string[] {
  return [
    errorPage('problem'),
    ...errorLocations(),
    ...block('location /', [`proxy_pass http://${UPSTREAM};`]),
    // Each part of a response is sent as soon as it arrives.
    ...block('location /api/stream', [
      `proxy_pass http://${UPSTREAM};`,
      'proxy_buffering off;',
      'proxy_cache off;',
    ]),
    ...gatewayLocation('openai', settings),
    ...gatewayLocation('anthropic', settings),
  ];
}

/**
 * Routes of one API of the gateway: larger bodies, longer answers, each event of a stream passed on as it arrives. NGINX
 * still reads a request fully before it forwards it.
 */
function gatewayLocation(shape: Exclude<ErrorShape, 'problem'>, settings: NginxConfSettings): string[] {
  const paths = GATEWAY_PATH_PATTERNS.filter(
    (pattern) => pattern.startsWith(ANTHROPIC_PATHS) === (shape === 'anthropic'),
  ).map((pattern) => pattern.replaceAll('.', '\\.').replaceAll('*', '.*'));
  return block(`location ~ ^(?:${paths.join('|')})$`, [
    `proxy_pass http://${UPSTREAM};`,
    errorPage(shape),
    `client_max_body_size ${settings.gatewayBodyMebibytes}m;`,
    `proxy_read_timeout ${settings.gatewayReadSeconds}s;`,
    'proxy_buffering off;',
    'proxy_cache off;',
    `proxy_buffer_size ${GATEWAY_HEAD_KIBIBYTES}k;`,
    // NGINX checks these three against each other, also where it does not buffer.
    `proxy_buffers 16 4k;`,
    `proxy_busy_buffers_size ${GATEWAY_HEAD_KIBIBYTES}k;`,
  ]);
}

function block(head: string, body: readonly string[]): string[] {
  return [`${head} {`, ...body.map((line) => `  ${line}`), '}'];
}
