import type { Duration } from 'aws-cdk-lib';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { FloorRelease } from './floor-release';
import type { PredictiveScaler } from './predictive-scaler';

/** The parts of predictive scaling. */
export interface ScalingParts {
  /** Time between two runs. */
  readonly interval: Duration;
  /** By shard. */
  readonly scalers: Readonly<Record<string, PredictiveScaler>>;
  readonly release: FloorRelease;
  /** Runs and releases that were given up. */
  readonly deadLetterQueue: IQueue;
}
