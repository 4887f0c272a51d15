import { Duration, SecretValue } from 'aws-cdk-lib';
import { type ISecurityGroup, Peer, Port } from 'aws-cdk-lib/aws-ec2';
import { ListenerAction, UnauthenticatedAction } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { RoutingRule, Unauthenticated } from './routing-rule';

/** Paths on which programs and scripts of a page call: they get 401, because they cannot follow a redirect to a page. */
const API_PATHS = '/api/*';

/** The client of an OpenID Connect provider by which the load balancer logs people in. */
export interface OidcClient {
  /** Address of the provider, exactly as in its tokens. */
  readonly issuer: string;
  /** Where browsers log in. */
  readonly authorizationEndpoint: string;
  /** Where codes are exchanged for tokens. */
  readonly tokenEndpoint: string;
  /** Where the load balancer reads the claims of a person. */
  readonly userInfoEndpoint: string;
  /** What the provider calls this platform. */
  readonly clientId: string;
  /** Secret whose whole text is the client's; CloudFormation reads it, so that no template holds it. */
  readonly clientSecretArn: string;
  /** Scopes, separated by spaces. */
  readonly scope: string;
  /** Length of a session, seconds. */
  readonly sessionSeconds: number;
}

/**
 * The rules with a log-in before everything on a host. A rule for all paths becomes two, one of them for the API's paths;
 * that of the other paths comes last, so that the others keep their priorities: CloudFormation changes rules one by one,
 * and two rules cannot have one priority for a moment.
 */
export function withLogin(rules: readonly RoutingRule[], host: string): RoutingRule[] {
  const last = Math.max(...rules.map(({ priority }) => priority));
  const pages: RoutingRule[] = [];
  const others = rules.map((rule): RoutingRule => {
    if (!rule.hosts.includes(host)) return rule;
    if (rule.paths.length > 0) return { ...rule, unauthenticated: reactionTo(rule.paths) };
    pages.push({ ...rule, priority: last + pages.length + 1, unauthenticated: 'authenticate' });
    return { ...rule, paths: [API_PATHS], unauthenticated: 'deny' };
  });
  return [...others, ...pages];
}

function reactionTo(paths: readonly string[]): Unauthenticated {
  return paths.every((path) => path.startsWith('/api/')) ? 'deny' : 'authenticate';
}

/** Logs people in before the next action. */
export function loginAction(
  client: OidcClient,
  unauthenticated: Unauthenticated,
  next: ListenerAction,
): ListenerAction {
  const { clientSecretArn, sessionSeconds, ...rest } = client;
  const { authorizationEndpoint, clientId, issuer, scope, tokenEndpoint, userInfoEndpoint } = rest;
  return ListenerAction.authenticateOidc({
    ...{ authorizationEndpoint, clientId, issuer, scope, tokenEndpoint, userInfoEndpoint, next },
    clientSecret: SecretValue.secretsManager(clientSecretArn),
    sessionTimeout: Duration.seconds(sessionSeconds),
    onUnauthenticatedRequest:
      unauthenticated === 'deny' ? UnauthenticatedAction.DENY : UnauthenticatedAction.AUTHENTICATE,
    // allowToProvider opens the way, with a reason.
    allowHttpsOutbound: false,
  });
}

/** Lets the load balancer call the provider. A security group cannot name a host, so 443 is open to every address. */
export function allowToProvider(securityGroup: ISecurityGroup): void {
  securityGroup.addEgressRule(Peer.anyIpv4(), Port.HTTPS, 'To the identity provider: its addresses change');
}
