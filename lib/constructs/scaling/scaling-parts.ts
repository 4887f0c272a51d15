import type { Duration } from 'aws-cdk-lib';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { FloorRelease } from './floor-release';
import type { PredictiveScaler } from './predictive-scaler';

/** The resources of predictive scaling that alarms and dashboards watch. */
export interface ScalingParts {
  /** Time between two runs. */
  readonly interval: Duration;
  /** Scalers by the number of their shard, from `1`. */
  readonly scalers: Readonly<Record<string, PredictiveScaler>>;
  /** Function that releases floors whose lease ran out. */
  readonly release: FloorRelease;
  /** Queue of scaler runs and releases that failed after all retries. */
  readonly deadLetterQueue: IQueue;
}
