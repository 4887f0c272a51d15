/** The variables of people's log-in: rules of rights as JSON, and what the variables need of each other. */
import { z } from 'zod';

const rule = z
  .strictObject({
    /** What the rule looks at. */
    claim: z.enum(['group', 'email', 'subject'], { error: 'must be one of group, email, subject' }),
    value: z.string().min(1).max(320),
    roles: z.array(z.enum(['read', 'admin'], { error: 'must be read or admin' })).min(1),
    project: z.uuid().optional(),
  })
  .transform(({ project = null, ...rest }) => ({
    ...rest,
    /** Project, a UUID; null: the organisation. */
    projectId: project,
  }));

/** Who has which rights. */
export type OidcPeopleRule = Readonly<z.infer<typeof rule>>;

/** Reads `OIDC_PEOPLE`, such as `[{"claim":"group","value":"finops","roles":["read"]}]`. */
export function parsePeople(
  text: string,
): { readonly value: readonly OidcPeopleRule[] } | { readonly problems: readonly string[] } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { problems: ['must be a JSON array of rules, but it is no JSON'] };
  }
  const parsed = z.array(rule).min(1).max(100).safeParse(json);
  if (parsed.success) return { value: parsed.data };
  return {
    problems: parsed.error.issues.map(({ path, message }) => [...path, message].join(' ').trim()),
  };
}

/** What is set of people's log-in. */
export interface OidcValues {
  readonly OIDC_ISSUER: string | null;
  readonly OIDC_CLIENT_ID: string | null;
  readonly OIDC_CLIENT_SECRET_ARN: string | null;
  readonly OIDC_CLIENT_SECRET_FILE: string | null;
  readonly OIDC_EXTERNAL_URL: string | null;
  readonly OIDC_PEOPLE: readonly OidcPeopleRule[] | null;
}

/** Problems between the variables, each beginning with the name of one. */
export function oidcRelations(values: OidcValues): string[] {
  if (values.OIDC_ISSUER === null) return [];
  const needed = ['OIDC_CLIENT_ID', 'OIDC_EXTERNAL_URL', 'OIDC_PEOPLE'] as const;
  const missing = needed.filter((name) => values[name] === null);
  const secrets = [values.OIDC_CLIENT_SECRET_ARN, values.OIDC_CLIENT_SECRET_FILE].filter(Boolean).length;
  return [
    ...missing.map((name) => `${name} must be set with OIDC_ISSUER`),
    ...(secrets === 1
      ? []
      : ['OIDC_CLIENT_SECRET_ARN or OIDC_CLIENT_SECRET_FILE must be set with OIDC_ISSUER, and not both']),
  ];
}
