/** How people log in. Programs always send keys. */
export interface AuthenticationConfig {
  /**
   * Identity provider of people (OpenID Connect). They log in at the service, `https://<domain.app>/api/v1/session/oidc`;
   * a public load balancer also asks for a log-in before the admin host.
   * @default null - people log in with keys
   */
  readonly oidc?: OidcConfig | null;
}

/**
 * A client at an OpenID Connect provider. Its redirect addresses are `https://<domain.app>/api/v1/session/oidc/callback`
 * and, for the load balancer, `https://<domain.admin>/oauth2/idpresponse`.
 */
export interface OidcConfig {
  /** Address of the provider, exactly as in its tokens; its discovery document is below it. */
  readonly issuer: string;
  /** `authorization_endpoint` of the discovery document, which the load balancer does not read. HTTPS, port 443. */
  readonly authorizationEndpoint: string;
  /** `token_endpoint` of the discovery document. */
  readonly tokenEndpoint: string;
  /** `userinfo_endpoint` of the discovery document; the load balancer takes the claims from it. */
  readonly userInfoEndpoint: string;
  /** What the provider calls this platform, 1 to 255 characters; tokens name it as their audience. */
  readonly clientId: string;
  /** Secret in Secrets Manager whose whole text is the client's secret; its complete ARN, in the environment's region. */
  readonly clientSecretArn: string;
  /** Customer-managed KMS key of the secret, by ARN. @default null - AWS's own key */
  readonly clientSecretKeyArn?: string | null;
  /** Scopes, separated by spaces, `openid` among them. @default 'openid email' */
  readonly scope?: string;
  /**
   * Length of a session, seconds, 300 to 43200: the longest time for which somebody keeps a right that the provider has
   * taken.
   * @default 28800
   */
  readonly sessionSeconds?: number;
  /** Claim of ID token and user info that lists a person's groups, such as `cognito:groups`. @default 'groups' */
  readonly groupsClaim?: string;
  /** Who has which rights, 1 to 100 rules. A person whom no rule fits is refused. */
  readonly people: readonly PeopleRuleConfig[];
}

/** Rights of the people with a claim. */
export interface PeopleRuleConfig {
  /** `group`: member of it. `email`: owner of the address, if the provider has verified it. `subject`: one person. */
  readonly claim: 'group' | 'email' | 'subject';
  /** Name of the group, address or subject, 1 to 320 characters. */
  readonly value: string;
  /** What they may do: `read` asks questions, `admin` changes settings. */
  readonly roles: readonly ('read' | 'admin')[];
  /** Id of the only project that they may see, a UUID. @default null - all projects */
  readonly project?: string | null;
}
