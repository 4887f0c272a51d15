import type { IPodSpec } from 'kubernetes-models/v1/PodSpec';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import { PGBOUNCER_NAME } from '../../lib/config/names';
import { PGBOUNCER_EXPORTER_PORT, PGBOUNCER_PORT, SERVING_PRIORITY, selectorOf } from '../components';
import { hardenedPod, type PlainContainer } from '../constructs/hardened-pod';
import { IMAGES, imageReference } from '../images';
import { READINESS_DATABASE } from '../server-config/pgbouncer-ini';

/** Folders in the containers. */
export const PGBOUNCER_FOLDERS = {
  /** ConfigMap: settings, scripts, CAs. */
  config: '/etc/pgbouncer',
  /** Certificate and key for clients, where there is one. */
  tls: '/etc/pgbouncer-tls',
  /** Mounted secret, for the sidecar alone. */
  secret: '/mnt/database-user',
  /** `userlist.txt` and the password file, which the sidecar writes from the secret. */
  credentials: '/run/pgbouncer-credentials',
  /** The Unix socket. */
  socket: '/run/pgbouncer',
} as const;

/** File names in the ConfigMap, and of the sidecar's `userlist.txt`. */
export const PGBOUNCER_FILES = {
  ini: 'pgbouncer.ini',
  serverCa: 'rds-ca.pem',
  userlistScript: 'userlist.sh',
  readinessScript: 'readiness.sh',
  drainScript: 'drain.sh',
  userlist: 'userlist.txt',
} as const;

/** Files of a Secret of type `kubernetes.io/tls`. */
export const PGBOUNCER_TLS = {
  certificateFile: `${PGBOUNCER_FOLDERS.tls}/tls.crt`,
  keyFile: `${PGBOUNCER_FOLDERS.tls}/tls.key`,
} as const;

/** How often the sidecar reads the mounted secret, seconds; short beside the CSI driver's own period of minutes. */
const USERLIST_PERIOD_SECONDS = 5;

/** Timeout of a readiness query, seconds; the kubelet waits 1 s longer, so that the script can end by itself. */
const READINESS_TIMEOUT_SECONDS = 4;

/** How long the cluster takes to remove a terminating pod from the Service's endpoints, seconds; with a margin. */
const ENDPOINT_UPDATE_SECONDS = 10;

/**
 * Longest wait for the clients' pools to close idle connections, seconds, even if their idle timeout is longer:
 * `minReadySeconds` depends on it and must stay below the 600 s of a Deployment's `progressDeadlineSeconds`.
 */
const MAX_IDLE_WAIT_SECONDS = 300;

/** How long transactions may take to end after PgBouncer stops accepting new ones, seconds. */
const LAST_TRANSACTIONS_SECONDS = 30;

/** PgBouncer has one thread: it can use one core at most, and half a core carries some 10,000 queries a second. */
const PGBOUNCER_RESOURCES = {
  // 1,600 clients with TLS on both sides take some 50 KiB each.
  requests: { cpu: '500m', memory: '128Mi' },
  limits: { cpu: '1', memory: '256Mi' },
};

/** A query each 30 s or so, in Go. */
const EXPORTER_RESOURCES = {
  requests: { cpu: '10m', memory: '32Mi' },
  limits: { cpu: '100m', memory: '64Mi' },
};

/** A shell that mostly sleeps, and a psql for each readiness query. */
const SIDECAR_RESOURCES = {
  requests: { cpu: '20m', memory: '32Mi' },
  limits: { cpu: '200m', memory: '64Mi' },
};

const MOUNTS = {
  config: { name: 'config', mountPath: PGBOUNCER_FOLDERS.config, readOnly: true },
  tls: { name: 'tls', mountPath: PGBOUNCER_FOLDERS.tls, readOnly: true },
  secret: { name: 'secret', mountPath: PGBOUNCER_FOLDERS.secret, readOnly: true },
  credentials: { name: 'credentials', mountPath: PGBOUNCER_FOLDERS.credentials },
  socket: { name: 'socket', mountPath: PGBOUNCER_FOLDERS.socket },
} as const;

/** PgBouncer, its exporter, and the sidecar that writes its list of users; all run with one uid, see `pgBouncerIni`. */
export function pgBouncerPod({ database }: ResolvedConfig): IPodSpec {
  const { tlsSecretName } = database.pgbouncer;
  const drainSeconds = drainSecondsOf(database);
  return hardenedPod({
    selector: selectorOf(PGBOUNCER_NAME),
    serviceAccountName: PGBOUNCER_NAME,
    priorityClassName: SERVING_PRIORITY,
    terminationGraceSeconds: terminationGraceSecondsOf(database),
    initContainers: [userlistSidecar(tlsSecretName !== null)],
    containers: [pgBouncer(drainSeconds, tlsSecretName !== null), exporter()],
    volumes: volumes(tlsSecretName),
  });
}

/** `terminationGracePeriodSeconds` of the pod: draining, then the last transactions. */
export function terminationGraceSecondsOf(database: ResolvedConfig['database']): number {
  return drainSecondsOf(database) + LAST_TRANSACTIONS_SECONDS;
}

/** How long a terminating PgBouncer keeps serving, seconds; clients' pools close their idle connections meanwhile. */
function drainSecondsOf({ clientPool }: ResolvedConfig['database']): number {
  return ENDPOINT_UPDATE_SECONDS + Math.min(clientPool.idleTimeoutSeconds, MAX_IDLE_WAIT_SECONDS);
}

function script(name: string, ...args: readonly (string | number)[]): string[] {
  return ['/bin/sh', `${PGBOUNCER_FOLDERS.config}/${name}`, ...args.map(String)];
}

function pgBouncer(drainSeconds: number, tls: boolean): PlainContainer {
  const { config, socket } = PGBOUNCER_FOLDERS;
  return {
    name: 'pgbouncer',
    image: imageReference(IMAGES.pgbouncer),
    command: ['pgbouncer', `${config}/${PGBOUNCER_FILES.ini}`],
    ports: [{ name: 'postgres', containerPort: PGBOUNCER_PORT }],
    resources: PGBOUNCER_RESOURCES,
    livenessProbe: {
      tcpSocket: { port: PGBOUNCER_PORT },
      periodSeconds: 20,
      timeoutSeconds: 5,
      failureThreshold: 3,
    },
    // PgBouncer is process 1 of its container.
    lifecycle: {
      preStop: {
        exec: { command: script(PGBOUNCER_FILES.drainScript, socket, PGBOUNCER_PORT, drainSeconds, 1) },
      },
    },
    volumeMounts: [
      MOUNTS.config,
      { ...MOUNTS.credentials, readOnly: true },
      MOUNTS.socket,
      ...(tls ? [MOUNTS.tls] : []),
    ],
  };
}

function exporter(): PlainContainer {
  const { socket } = PGBOUNCER_FOLDERS;
  const console = `postgres:///pgbouncer?host=${socket}&port=${PGBOUNCER_PORT}&user=pgbouncer&sslmode=disable`;
  return {
    name: 'exporter',
    image: imageReference(IMAGES.pgbouncerExporter),
    args: [`--pgBouncer.connectionString=${console}`, `--web.listen-address=:${PGBOUNCER_EXPORTER_PORT}`],
    ports: [{ name: 'metrics', containerPort: PGBOUNCER_EXPORTER_PORT }],
    resources: EXPORTER_RESOURCES,
    livenessProbe: {
      tcpSocket: { port: PGBOUNCER_EXPORTER_PORT },
      periodSeconds: 20,
      timeoutSeconds: 5,
      failureThreshold: 3,
    },
    volumeMounts: [MOUNTS.socket],
  };
}

/**
 * A sidecar (`restartPolicy: Always`) that runs as long as the pod; PgBouncer starts after its startup probe passes.
 */
function userlistSidecar(tls: boolean): PlainContainer {
  const { secret, credentials, socket } = PGBOUNCER_FOLDERS;
  return {
    name: 'userlist',
    image: imageReference(IMAGES.pgbouncer),
    restartPolicy: 'Always',
    command: script(
      PGBOUNCER_FILES.userlistScript,
      ...[secret, credentials, socket, PGBOUNCER_PORT, USERLIST_PERIOD_SECONDS],
      ...(tls ? [PGBOUNCER_TLS.certificateFile] : []),
    ),
    resources: SIDECAR_RESOURCES,
    startupProbe: {
      exec: { command: ['test', '-s', `${credentials}/${PGBOUNCER_FILES.userlist}`] },
      periodSeconds: 2,
      failureThreshold: 30,
    },
    // Two failures: a single one may be PgBouncer's wait for a connection that the server has just closed.
    readinessProbe: {
      exec: {
        command: script(
          PGBOUNCER_FILES.readinessScript,
          credentials,
          PGBOUNCER_PORT,
          READINESS_DATABASE,
          READINESS_TIMEOUT_SECONDS,
        ),
      },
      periodSeconds: 10,
      timeoutSeconds: READINESS_TIMEOUT_SECONDS + 1,
      failureThreshold: 2,
    },
    volumeMounts: [
      MOUNTS.config,
      MOUNTS.secret,
      MOUNTS.credentials,
      MOUNTS.socket,
      ...(tls ? [MOUNTS.tls] : []),
    ],
  };
}

function volumes(tlsSecretName: string | null): IPodSpec['volumes'] {
  return [
    { name: 'config', configMap: { name: PGBOUNCER_NAME } },
    {
      name: 'secret',
      csi: {
        driver: 'secrets-store.csi.k8s.io',
        readOnly: true,
        volumeAttributes: { secretProviderClass: PGBOUNCER_NAME },
      },
    },
    // In memory, so that passwords are never written to a disk.
    { name: 'credentials', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
    { name: 'socket', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
    // 0440: readable by root and by the pod's group.
    ...(tlsSecretName === null
      ? []
      : [{ name: 'tls', secret: { secretName: tlsSecretName, defaultMode: 0o440 } }]),
  ];
}
