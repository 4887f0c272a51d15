/** What a key may do. */
export const ROLES = ['ingest', 'read', 'gateway', 'admin'] as const;

/** `ingest` stores records, `read` asks questions, `gateway` calls models, `admin` changes settings. */
export type Role = (typeof ROLES)[number];

/** Roles that a key of the organisation can have; it belongs to no project, so it can store nothing. */
export const ORGANISATION_ROLES: readonly Role[] = ['read', 'admin'];

/** Roles that a person can have; records and calls of models are sent with keys. */
export const PEOPLE_ROLES: readonly Role[] = ['read', 'admin'];

/** Who sends a request: the holder of an API key, or a person whom an identity provider vouches for. */
export interface Principal {
  /** Id of the key, a UUID; of a person `person:<subject> (<e-mail>)`. Changes are audited under it. */
  readonly keyId: string;
  /** Whether the key or the person belongs to the organisation, which sees all projects. */
  readonly organisation: boolean;
  /** Project of the key, a UUID; null for a key of the organisation. */
  readonly projectId: string | null;
  /** What the key may do. */
  readonly roles: ReadonlySet<Role>;
  /** The person; null for a key. @default - a key */
  readonly person?: { readonly subject: string; readonly email: string | null } | null;
}
