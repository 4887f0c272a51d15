import type { ResolvedImage } from '../lib/config/environment-config';

/** An image as containers name it. */
export type Image = Pick<ResolvedImage, 'digest' | 'repository' | 'tag'>;

/**
 * Images of other projects, pinned by tag. Their registries need no log-in and have no pull limit, where the project
 * offers such a one. `digest` pins the bytes too: docs/images.md says how to look it up and refresh it. To use a
 * mirror, put an `images:` transformer beside the rendered kustomization.yaml.
 */
export const IMAGES = {
  /** https://hub.docker.com/_/nginx, stable branch. */
  nginx: { repository: 'public.ecr.aws/docker/library/nginx', tag: '1.28.0-alpine', digest: null },
  /** https://github.com/cloudnative-pg/pgbouncer-containers; has a shell and psql. */
  pgbouncer: { repository: 'ghcr.io/cloudnative-pg/pgbouncer', tag: '1.24.1', digest: null },
  /** https://github.com/prometheus-community/pgbouncer_exporter */
  pgbouncerExporter: {
    repository: 'quay.io/prometheuscommunity/pgbouncer-exporter',
    tag: 'v0.11.0',
    digest: null,
  },
  /** https://prometheus.io, long-term support. */
  prometheus: { repository: 'quay.io/prometheus/prometheus', tag: 'v3.5.0', digest: null },
  /** https://github.com/kubernetes-sigs/prometheus-adapter */
  prometheusAdapter: {
    repository: 'registry.k8s.io/prometheus-adapter/prometheus-adapter',
    tag: 'v0.12.0',
    digest: null,
  },
  /** https://github.com/kubernetes/autoscaler/tree/master/vertical-pod-autoscaler; the three have one release. */
  vpaRecommender: { repository: 'registry.k8s.io/autoscaling/vpa-recommender', tag: '1.6.0', digest: null },
  vpaUpdater: { repository: 'registry.k8s.io/autoscaling/vpa-updater', tag: '1.6.0', digest: null },
  vpaAdmissionController: {
    repository: 'registry.k8s.io/autoscaling/vpa-admission-controller',
    tag: '1.6.0',
    digest: null,
  },
  /** https://hub.docker.com/_/node, long-term support; the same release as package.json brings for Linux. */
  node: { repository: 'public.ecr.aws/docker/library/node', tag: '24.21.0-alpine', digest: null },
} as const satisfies Readonly<Record<string, Image>>;

/** `repository:tag`, or `repository:tag@sha256:…` where the digest is pinned: then nodes pull by digest alone. */
export function imageReference({ repository, tag, digest }: Image): string {
  return `${repository}:${tag}${digest === null ? '' : `@${digest}`}`;
}
