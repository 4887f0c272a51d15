import type { OnCrash } from './process-owner';
import type { LocalProvider } from './provider-settings';

export interface PlatformProps {
  /** Absolute path of the folder of data, logs, journals and keys; created where it is missing. */
  readonly folder: string;
  /** Name of the environment whose settings the service runs with. */
  readonly environment: string;
  /** API processes; above 1 a balancer stands before them. */
  readonly pods: number;
  /** Whether a balancer stands before a single process, too, so that others can join it. @default false */
  readonly balanced?: boolean;
  /** Records of the demo, once for a folder; 0: none. */
  readonly records: number;
  /** Which providers the gateway calls. */
  readonly provider: LocalProvider;
  /** Whether Valkey is started where it is installed; without it each process has a cache of its own. */
  readonly cache: boolean;
  /** Whether Valkey is a cluster of three masters with a replica each, as in the cloud. @default false */
  readonly cacheCluster?: boolean;
  /** Whether PgBouncer with the charts' settings stands before PostgreSQL. @default false */
  readonly pooled?: boolean;
  /** `usual`: fixed ports, another one where it is taken. `free`: any free ones, for tests and drills. */
  readonly ports: 'usual' | 'free';
  /** Environment variables of the service that win over all others. @default - none */
  readonly settings?: Readonly<Record<string, string>>;
  /** Parameters of PostgreSQL that win over the platform's. @default - none */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Options of Node for the servers. @default - none */
  readonly nodeOptions?: readonly string[];
  /** `PATH` of the caller's environment. */
  readonly searchPath: string | undefined;
  readonly now: () => Date;
  /** Ends a start early; what has been started is ended then. */
  readonly signal: AbortSignal;
  /** Called with what happens, a line each. */
  readonly onStep: (line: string) => void;
  /** Called with the number of demo records that are stored, and of all. @default - nothing */
  readonly onProgress?: (done: number, total: number) => void;
  /** Is told of a process that ended though nobody had asked it to. @default - nobody */
  readonly onCrash?: OnCrash;
}

/** How a single API process differs from the others. */
export interface PodChanges {
  /** Environment variables that win over all others. @default - none */
  readonly environment?: Readonly<Record<string, string>>;
  /** Options of Node before the platform's. @default - none */
  readonly nodeOptions?: readonly string[];
}

/** Where the parts of a platform listen; all on loopback. */
export interface PlatformAddresses {
  /** Origin of the API: the balancer's where there is one. */
  readonly api: string;
  /** Origin of the admin server. */
  readonly admin: string;
  /** Prometheus page of the first API process. */
  readonly metrics: string;
  /** Origin of the provider that is called; null for real ones. */
  readonly provider: string | null;
  /** URL of the database with the superuser and its password, for any client. */
  readonly database: string;
  /** URL of Valkey; null where there is none. */
  readonly cache: string | null;
}
