/** Rule that determined the result of a sync. */
export type SyncReason = keyof typeof SYNC_REASON_MESSAGES;

/** Every reason with a sentence for reports. */
export const SYNC_REASON_MESSAGES = {
  disabled: 'the target has 0 replicas and minReplicas is above 0: autoscaling is disabled',
  'above-max': 'more replicas than maxReplicas: set to maxReplicas without the metrics',
  'below-min': 'fewer replicas than minReplicas: set to minReplicas without the metrics',
  'metrics-failed': 'no metric could be read: no change',
  'scale-down-blocked': 'a metric could not be read and the others ask for fewer replicas: no change',
  'within-tolerance': 'the metric that asks for most is within its tolerance: no change',
  'direction-kept': 'pods that are not ready or have no sample would reverse the change: no change',
  'at-recommendation': 'there are as many replicas as the metrics ask for',
  metrics: 'set to what the metrics ask for',
  'scale-up-held': 'the scale-up window holds a lower recommendation',
  'scale-down-held': 'the scale-down window holds a higher recommendation',
  'scale-up-limited': 'the metrics ask for more than the scale-up policies allow now',
  'scale-down-limited': 'the metrics ask for fewer than the scale-down policies allow now',
  'limited-to-max': 'the metrics ask for more than maxReplicas',
  'limited-to-min': 'the metrics ask for fewer than minReplicas',
} as const;
