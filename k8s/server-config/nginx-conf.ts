/** Path that NGINX answers itself: whether it runs, whatever the API does. */
export const NGINX_HEALTH_PATH = '/nginx-health';

/** Name of the upstream, the seed's. */
const UPSTREAM = 'llm_backend';

/**
 * Largest request, mebibytes. NGINX's own limit of 1 is less than a long LLM context: a million tokens are about
 * 4 MB of text, and JSON escapes more than double what is not ASCII.
 */
const MAX_BODY_MEBIBYTES = 10;

/** Part of a request's body kept in memory, KiB; the rest goes to a file. Most prompts never see the disk. */
const BODY_BUFFER_KIBIBYTES = 128;

/**
 * Servers that one request may be tried at. The seed's two and its backup: with two tries, requests would fail
 * while both are away but not yet known to be.
 */
const MAX_TRIES = 3;

/** A server of the upstream. */
export interface UpstreamServer {
  /** Host and port, e.g. `10.0.1.10:8080`. */
  readonly address: string;
  /** Share of the requests, relative to the others. */
  readonly weight: number;
  /** Used only while all others are away. */
  readonly backup: boolean;
}

/** What differs between environments, and between a container and a test. */
export interface NginxConfSettings {
  /** Processes that serve: the CPUs of the container, for `auto` would take the node's. */
  readonly workerProcesses: number;
  /** Connections of one worker, to clients and to servers together; even. */
  readonly workerConnections: number;
  /** Port of plain HTTP, where the load balancer's requests arrive. */
  readonly httpPort: number;
  /** Port of HTTPS. */
  readonly httpsPort: number;
  /** Host names that clients use. */
  readonly serverNames: readonly string[];
  /** Ranges of the load balancer's subnets; what its headers say about clients is believed from there only. */
  readonly loadBalancerCidrs: readonly string[];
  /** Idle time after which a client's connection is closed, seconds; more than the load balancer's own. */
  readonly clientKeepaliveSeconds: number;
  /** Folder of `tls.crt` and `tls.key`. */
  readonly tlsFolder: string;
  /** Folder that may be written to: the process id and the bodies of large requests. */
  readonly tempFolder: string;
  /** File of the access log. */
  readonly accessLog: string;
  /** At least one that is no backup. */
  readonly servers: readonly UpstreamServer[];
  /** Failed tries after which a server is left alone; without effect where there is one server only. */
  readonly maxFails: number;
  /** How long it is left alone, and the time in which the tries count, seconds. */
  readonly failTimeoutSeconds: number;
  /** Idle connections to servers that each worker keeps. */
  readonly keepaliveConnections: number;
  /** Requests after which a connection to a server is closed. */
  readonly keepaliveRequests: number;
  /** Idle time after which a connection to a server is closed, seconds; less than the server's own. */
  readonly keepaliveTimeoutSeconds: number;
  /** How long to wait for a connection to a server, seconds. */
  readonly connectTimeoutSeconds: number;
  /** Longest silence while a request is sent, seconds. */
  readonly sendTimeoutSeconds: number;
  /** Longest silence while an answer is read, seconds. */
  readonly readTimeoutSeconds: number;
}

/**
 * nginx.conf of a balancer without privileges on a read-only file system: nothing outside `tempFolder` is written.
 * Syntax of NGINX 1.25.1 and later (`http2 on`).
 */
export function nginxConf(settings: NginxConfSettings): string {
  return `${[
    // The container's first process; Kubernetes restarts it.
    'daemon off;',
    `pid ${settings.tempFolder}/nginx.pid;`,
    // The descriptor, not the file /dev/stderr: no permission to open it is needed. `warn` would add a line, with the
    // query string, for every body that goes to a file.
    'error_log stderr error;',
    `worker_processes ${settings.workerProcesses};`,
    // containerd 2 starts containers with a soft limit of 1,024. A request is two connections and a body's file.
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
      ...httpServer(settings),
      ...httpsServer(settings),
    ]),
  ].join('\n')}\n`;
}

/** One JSON object per request. The path has no query string and no header is in it: both may hold secrets. */
function accessLog(file: string): string[] {
  const fields = {
    time: '"$time_iso8601"',
    request_id: '"$request_id"',
    host: '"$host"',
    method: '"$request_method"',
    path: '"$uri"',
    status: '$status',
    bytes: '$body_bytes_sent',
    request_time: '$request_time',
    // Texts: a request that was tried at two servers has two of each, empty where it was tried at none.
    upstream_addr: '"$upstream_addr"',
    upstream_response_time: '"$upstream_response_time"',
  };
  const format = Object.entries(fields).map(([name, value]) => `"${name}":${value}`);
  return [`log_format requests escape=json '{${format.join(',')}}';`, `access_log ${file} requests;`];
}

/** All that NGINX was built with, used or not: it makes each folder when it starts. */
function tempPaths(folder: string): string[] {
  return ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
}

function clients({ clientKeepaliveSeconds }: NginxConfSettings): string[] {
  return [
    // The load balancer must be the one to close: if NGINX did, a request sent in that moment would end in a 502.
    `keepalive_timeout ${clientKeepaliveSeconds}s;`,
    `client_max_body_size ${MAX_BODY_MEBIBYTES}m;`,
    `client_body_buffer_size ${BODY_BUFFER_KIBIBYTES}k;`,
  ];
}

/**
 * Names are looked up once, when NGINX starts, and it does not start without an answer. That suits a Service, whose
 * address stays as long as the Service; behind it, connections are balanced rather than requests.
 */
function upstream(settings: NginxConfSettings): string[] {
  const { servers, maxFails, failTimeoutSeconds } = settings;
  const server = ({ address, weight, backup }: UpstreamServer) =>
    `server ${address} weight=${weight} max_fails=${maxFails} fail_timeout=${failTimeoutSeconds}s${backup ? ' backup' : ''};`;
  return block(`upstream ${UPSTREAM}`, [
    // Workers share the counts of connections and of failures; each on its own would see a part.
    `zone ${UPSTREAM} 64k;`,
    'least_conn;',
    ...servers.map(server),
    // Must come after least_conn.
    `keepalive ${settings.keepaliveConnections};`,
    // Also what gives new pods behind a Service their share: only a new connection can be theirs.
    `keepalive_requests ${settings.keepaliveRequests};`,
    `keepalive_timeout ${settings.keepaliveTimeoutSeconds}s;`,
  ]);
}

/**
 * How requests are passed on, for all locations. Headers stand here and nowhere else: a level with one
 * `proxy_set_header` of its own inherits none.
 */
function proxying(settings: NginxConfSettings): string[] {
  return [
    'proxy_http_version 1.1;',
    'proxy_set_header Connection "";',
    'proxy_set_header Host $host;',
    'proxy_set_header X-Real-IP $remote_addr;',
    'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
    'proxy_set_header X-Forwarded-Proto $forwarded_proto;',
    // Joins the access log with the API's.
    'proxy_set_header X-Request-ID $request_id;',
    `proxy_connect_timeout ${settings.connectTimeoutSeconds}s;`,
    `proxy_send_timeout ${settings.sendTimeoutSeconds}s;`,
    `proxy_read_timeout ${settings.readTimeoutSeconds}s;`,
    ...buffering(),
    ...retries(settings.connectTimeoutSeconds),
  ];
}

/**
 * Requests are taken in whole (`proxy_request_buffering` stays on, streams included: theirs is the answer), so that
 * slow clients hold no connection of the API's and a server that cannot be reached costs no request.
 */
function buffering(): string[] {
  return [
    'proxy_buffering on;',
    'proxy_buffer_size 4k;',
    'proxy_buffers 8 4k;',
    // A long answer waits in the buffers, not in a file of up to 1 GB: a full volume would evict the pod.
    'proxy_max_temp_file_size 0;',
  ];
}

/**
 * NGINX never repeats a POST that a server may have had (no `non_idempotent`): prompts cost money. The time limit
 * also keeps a request that ran into the read timeout from being asked again.
 */
function retries(connectTimeoutSeconds: number): string[] {
  return [
    'proxy_next_upstream error timeout;',
    `proxy_next_upstream_tries ${MAX_TRIES};`,
    `proxy_next_upstream_timeout ${2 * connectTimeoutSeconds}s;`,
  ];
}

/**
 * `$forwarded_proto`: the load balancer ends TLS, so that NGINX's own `$scheme` would be http. What it says counts
 * on plain HTTP and from its subnets; anybody else gets the scheme that they really used.
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

/** The load balancer's way in. Default server, for health checks have an address as their Host. */
function httpServer(settings: NginxConfSettings): string[] {
  return block('server', [
    `listen ${settings.httpPort} default_server;`,
    `server_name ${settings.serverNames.join(' ')};`,
    // The client is the last address that is not the load balancer's: what stands before it, anybody can write.
    ...settings.loadBalancerCidrs.map((cidr) => `set_real_ip_from ${cidr};`),
    'real_ip_header X-Forwarded-For;',
    'real_ip_recursive on;',
    ...block(`location = ${NGINX_HEALTH_PATH}`, [
      'access_log off;',
      'default_type text/plain;',
      'return 200 "ok\\n";',
    ]),
    ...locations(),
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
    // Ticket keys would live as long as the process: whoever gets one can read what was said before.
    'ssl_session_tickets off;',
    ...locations(),
  ]);
}

/** `/health` is the API's: the load balancer's health check goes all the way. */
function locations(): string[] {
  return [
    ...block('location /', [`proxy_pass http://${UPSTREAM};`]),
    // Each part of an answer goes out as it comes.
    ...block('location /api/stream', [
      `proxy_pass http://${UPSTREAM};`,
      'proxy_buffering off;',
      'proxy_cache off;',
    ]),
  ];
}

function block(head: string, body: readonly string[]): string[] {
  return [`${head} {`, ...body.map((line) => `  ${line}`), '}'];
}
