/** What a bill has and these figures do not include. */
export const LEFT_OUT: readonly string[] = [
  'taxes, AWS Support, credits and the free tier',
  'Savings Plans, reserved nodes, Spot, and volume tiers: everything is at the first paid tier of the list price',
  'traffic between zones: of pods to the database, the cache and NAT gateways',
  'requests to S3, ECR and Secrets Manager; metrics that are read by the scaler and in dashboards; connection logs',
  'invalidations of CloudFront; queries of Logs Insights; traces of pods; the fee of Auto Mode in an existing cluster',
  'extended support of old versions of EKS and PostgreSQL; CPU credits of t4g classes; IOPS above the gp3 baseline',
  'a second and third version of a rotated KMS key; snapshots that are kept after a deletion',
  'pods that the vertical autoscaler has resized, floors of predictive scaling, nodes that are not yet consolidated',
  'add-ons without a manifest here (KEDA, Argo CD, metrics-server, a VPA that is there already), the hosted zone, and the LLM providers',
];
