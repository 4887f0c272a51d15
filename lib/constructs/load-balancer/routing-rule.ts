/** What happens to a request without a log-in: `deny` answers 401, `authenticate` redirects to the provider. */
export type Unauthenticated = 'deny' | 'authenticate';

/** A listener rule: requests that match one of the paths and one of the hosts go to the target. */
export interface RoutingRule {
  /** Priority of the rule, 1 to 50000; the listener evaluates the lowest first. */
  readonly priority: number;
  /** Path patterns; empty matches every path. */
  readonly paths: readonly string[];
  /** Host names; empty matches every host. */
  readonly hosts: readonly string[];
  /** Target group that receives a matching request. */
  readonly target: 'api' | 'admin' | 'gateway';
  /** What happens to a request without a log-in. @default - none is needed */
  readonly unauthenticated?: Unauthenticated;
}
