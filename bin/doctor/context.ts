import type { KubernetesConnection } from '../../lambda/predictive-scaler/hpa/kubernetes-api';
import type { ResolvedConfig } from '../../lib/config/environment-config';
import type { AwsSession } from '../aws/aws-session';
import type { Caller } from '../aws/caller';
import type { StackTemplate } from '../cost/resources';
import type { Deployed } from './deployed';
import type { Answer } from './finding';

/** What the doctor reaches besides AWS; tests pass their own. */
export interface Surroundings {
  /** Version of the running Node, such as 24.21.0. */
  readonly nodeVersion: string;
  /** The time. */
  readonly now: () => Date;
  /** Name servers of a domain in the public DNS. Rejects with Node's error. */
  readonly resolveNs: (name: string) => Promise<readonly string[]>;
  /** Opens a TCP connection and closes it. Rejects with Node's error, after a time-out of some seconds too. */
  readonly connect: (host: string, port: number) => Promise<void>;
  /**
   * The way into the environment's cluster; undefined where it does not exist.
   * @default - no cluster is looked into
   */
  readonly connectCluster?: (
    aws: AwsSession,
    config: ResolvedConfig,
  ) => Promise<KubernetesConnection | undefined>;
  /** Templates that a deployment would use. @default - rendered here */
  readonly templatesOf?: (config: ResolvedConfig) => readonly StackTemplate[];
}

/** What checks without AWS read. */
export interface LocalContext {
  /** The environment as environments.ts has it. */
  readonly input: unknown;
  readonly config: ResolvedConfig;
  readonly surroundings: Surroundings;
  /** IPv4 address from which people will reach the Kubernetes API. @default - not asked */
  readonly address?: string | undefined;
}

/** What checks of the account read. */
export interface AccountContext extends LocalContext {
  readonly aws: AwsSession;
  readonly caller: Caller;
  /** Templates that a deployment would use. */
  readonly templates: readonly StackTemplate[];
  /** What CloudFormation has of them. */
  readonly deployed: Deployed;
}

/** A subject with its questions. */
export interface Check<Context> {
  /** Short name, such as quotas. */
  readonly name: string;
  /** Reads only. */
  readonly run: (context: Context) => Promise<readonly Answer[]>;
}

export type LocalCheck = Check<LocalContext>;
export type AccountCheck = Check<AccountContext>;
