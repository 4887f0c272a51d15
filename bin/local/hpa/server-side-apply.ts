/**
 * Server-side apply of Kubernetes for the fields that matter to a floor: scalars of `spec`, and annotations one by one
 * (kubernetes.io, "Server-Side Apply"; structured-merge-diff).
 */

/** An HPA of autoscaling/v2, as far as it is looked at. */
export interface Hpa {
  readonly apiVersion: 'autoscaling/v2';
  readonly kind: 'HorizontalPodAutoscaler';
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

/** What is applied. */
export interface AppliedHpa {
  readonly metadata?: {
    readonly annotations?: Readonly<Record<string, string>>;
    readonly resourceVersion?: string;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** Fields by manager, as paths: `spec.minReplicas`, `annotation:<name>`. */
export type Ownership = Readonly<Record<string, readonly string[]>>;

export type ApplyResult =
  | { readonly hpa: Hpa; readonly owners: Ownership }
  /** `path: manager` of every field that somebody else has with another value. */
  | { readonly conflicts: readonly string[] };

/** Fields of an object with their values. */
export function fieldsOf({ metadata, spec }: AppliedHpa): Map<string, unknown> {
  return new Map<string, unknown>([
    ...Object.entries(spec ?? {}).map(([key, value]) => [`spec.${key}`, value] as const),
    ...Object.entries(metadata?.annotations ?? {}).map(
      ([key, value]) => [`annotation:${key}`, value] as const,
    ),
  ]);
}

export function applyFields(
  live: Hpa,
  owners: Ownership,
  manager: string,
  applied: AppliedHpa,
  force: boolean,
): ApplyResult {
  const before = fieldsOf(live);
  const wanted = fieldsOf(applied);
  const others = Object.entries(owners).filter(([name]) => name !== manager);
  const conflicts = others.flatMap(([name, paths]) =>
    paths
      .filter((path) => wanted.has(path) && !isSame(wanted.get(path), before.get(path)))
      .map((path) => `${path}: ${name}`),
  );
  if (conflicts.length > 0 && !force) return { conflicts };
  const lost = new Set(conflicts);
  const remaining = others.map(
    ([name, paths]) => [name, paths.filter((path) => !lost.has(`${path}: ${name}`))] as const,
  );
  const keptByOthers = new Set(remaining.flatMap(([, paths]) => paths));
  // What the manager applied before, applies no more, and nobody else has.
  const removed = (owners[manager] ?? []).filter((path) => !wanted.has(path) && !keptByOthers.has(path));
  const after = new Map([...before].filter(([path]) => !removed.includes(path)));
  for (const [path, value] of wanted) after.set(path, value);
  return {
    hpa: withFields(live, after),
    owners: Object.fromEntries([...remaining, [manager, [...wanted.keys()]]]),
  };
}

function withFields(live: Hpa, fields: ReadonlyMap<string, unknown>): Hpa {
  const named = (prefix: string) =>
    Object.fromEntries(
      [...fields]
        .filter(([path]) => path.startsWith(prefix))
        .map(([path, value]) => [path.slice(prefix.length), value]),
    );
  return {
    ...live,
    metadata: { ...live.metadata, annotations: named('annotation:') as Record<string, string> },
    // Defaulted by the API server.
    spec: { minReplicas: 1, ...named('spec.') },
  };
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
