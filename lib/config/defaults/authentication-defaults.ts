import { type ConfigInput, isRecord, merge } from '../input';

const OIDC_DEFAULTS = {
  clientSecretKeyArn: null,
  scope: 'openid email',
  sessionSeconds: 28_800,
  groupsClaim: 'groups',
};

/** How people log in, with defaults in each rule of rights. */
export function resolveAuthentication(input: unknown = {}): unknown {
  if (!isRecord(input)) return input;
  const { oidc = null } = input;
  if (!isRecord(oidc)) return { ...input, oidc };
  const people = Array.isArray(oidc.people) ? oidc.people.map(withProject) : oidc.people;
  return { ...input, oidc: { ...merge(OIDC_DEFAULTS, oidc), people } };
}

function withProject(rule: unknown): unknown {
  return isRecord(rule) ? merge({ project: null }, rule as ConfigInput) : rule;
}
