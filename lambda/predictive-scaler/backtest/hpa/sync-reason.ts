/** The rule that settled a sync. */
export type SyncReason = keyof typeof SYNC_REASON_MESSAGES;

/** Every reason with a sentence for reports. */
export const SYNC_REASON_MESSAGES = {
  disabled: 'the target has 0 replicas and minReplicas is above 0: somebody switched it off',
  'above-max': 'more replicas than maxReplicas: set to it, metrics not asked',
  'below-min': 'fewer replicas than minReplicas: set to it, metrics not asked',
  'metrics-failed': 'no metric could be read: no change',
  'scale-down-blocked': 'a metric could not be read and the others ask for fewer replicas: no change',
  'within-tolerance': 'the metric that asks for most is within its tolerance: no change',
  'direction-kept': 'pods that are not ready or have no sample would turn the change round: no change',
  'at-recommendation': 'there are as many replicas as the metrics ask for',
  metrics: 'set to what the metrics ask for',
  'scale-up-held': 'the scale-up window holds a lower recommendation',
  'scale-down-held': 'the scale-down window holds a higher recommendation',
  'scale-up-limited': 'the metrics ask for more than the scale-up policies allow now',
  'scale-down-limited': 'the metrics ask for fewer than the scale-down policies allow now',
  'limited-to-max': 'the metrics ask for more than maxReplicas',
  'limited-to-min': 'the metrics ask for fewer than minReplicas',
} as const;
