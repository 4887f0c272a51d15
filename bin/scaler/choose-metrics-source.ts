import { CloudWatchMetricsSource } from '../../lambda/predictive-scaler/metrics/cloudwatch-metrics-source';
import type { MetricsSource } from '../../lambda/predictive-scaler/metrics/metrics-source';
import type { History } from '../traffic/read-history';
import type { Machine } from './connect';
import { HistoryMetricsSource } from './history-metrics-source';
import type { MetricsOptions } from './options';

/** @param histories of the workloads by their names; empty where CloudWatch measures */
export function chooseMetricsSource(
  { metrics }: MetricsOptions,
  histories: Readonly<Record<string, History>>,
  { cloudWatch }: Machine,
): MetricsSource {
  return metrics === 'csv' ? new HistoryMetricsSource(histories) : new CloudWatchMetricsSource(cloudWatch);
}
