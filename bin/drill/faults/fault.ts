import type { Platform } from '../../local/platform/platform';
import type { Kind } from '../calls/gateway-calls';

/** What a fault is caused with. */
export interface FaultTools {
  readonly platform: Platform;
  /** Load while the fault lasts, ms. */
  readonly holdMs: number;
  /** Ends the drill early. */
  readonly signal: AbortSignal;
}

/** A fault that is there from `begin` on until `repair`. */
export interface Fault {
  /** Resolves when the fault has lasted as long as it has to; the load goes on meanwhile. */
  readonly begin: () => Promise<void>;
  /** What shows that the fault took place is missing: a sentence; null where it is there. @default - not looked at */
  readonly missing?: () => Promise<string | null>;
  /** Resolves when the repair is done. */
  readonly repair: () => Promise<void>;
}

/** How a fault is tried. */
export interface FaultDefinition {
  /** What the table says about it. */
  readonly title: string;
  /** A program that has to be installed. @default - none */
  readonly needs?: 'PgBouncer' | 'Valkey';
  /** Kinds of the gateway's calls. @default - the usual ones */
  readonly kinds?: readonly Kind[];
  /** Length of the prompts while the fault lasts, bytes. @default 60 */
  readonly promptBytes?: number;
  /**
   * Whether it changes the pods behind the balancer. NGINX takes that by a reload, which closes idle connections of
   * clients just when they may send, so clients connect for each request then. In the cluster the load balancer or a
   * Service follows the pods without it. @default false
   */
  readonly changesPods?: boolean;
  readonly create: (tools: FaultTools) => Fault;
}
