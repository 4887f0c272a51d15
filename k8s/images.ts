/**
 * Images of others, pinned. Registries that need no log-in and have no pull limit, where the project offers one. To
 * use a mirror, put an `images:` transformer beside the rendered kustomization.yaml.
 */
export const IMAGES = {
  /** https://hub.docker.com/_/nginx, stable branch. */
  nginx: 'public.ecr.aws/docker/library/nginx:1.28.0-alpine',
  /** https://github.com/cloudnative-pg/pgbouncer-containers; has a shell and psql. */
  pgbouncer: 'ghcr.io/cloudnative-pg/pgbouncer:1.24.1',
  /** https://github.com/prometheus-community/pgbouncer_exporter */
  pgbouncerExporter: 'quay.io/prometheuscommunity/pgbouncer-exporter:v0.11.0',
  /** https://prometheus.io, long-term support. */
  prometheus: 'quay.io/prometheus/prometheus:v3.5.0',
  /** https://github.com/kubernetes-sigs/prometheus-adapter */
  prometheusAdapter: 'registry.k8s.io/prometheus-adapter/prometheus-adapter:v0.12.0',
  /** https://hub.docker.com/_/node, long-term support. */
  node: 'public.ecr.aws/docker/library/node:24.21.0-alpine',
} as const;
