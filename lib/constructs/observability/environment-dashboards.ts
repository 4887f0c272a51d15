import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { ResolvedConfig } from '../../config/environment-config';
import { PROJECT } from '../../config/names';
import {
  type LimitObjective,
  type Objective,
  objectivesOf,
  requestObjectives,
} from '../../config/objectives';
import { isApiWorkload } from '../../config/scaled-workloads';
import { type AlarmGroups, alarmsBelow } from './dashboards/alarms';
import { api } from './dashboards/api';
import { cache } from './dashboards/cache';
import { cdn, GLOBAL_METRICS_REGION } from './dashboards/cdn';
import { cost } from './dashboards/cost';
import { database } from './dashboards/database';
import { Limits } from './dashboards/limits';
import { overview, type Tile } from './dashboards/overview';
import { POINT } from './dashboards/panels';
import {
  DASHBOARD_NAMES,
  type DashboardContent,
  type DashboardName,
  PlatformDashboard,
} from './dashboards/platform-dashboard';
import { scaling } from './dashboards/scaling';
import { type MeasuredParts, ObjectiveMetrics } from './objective-metrics';
import { graphLimit, tileLimit, tileScale, tileTitle } from './objective-tiles';

export interface EnvironmentDashboardsProps extends MeasuredParts {
  /** Configuration of the environment; its objectives become tiles and limits. */
  readonly config: ResolvedConfig;
}

/**
 * The dashboards of an environment, except those of parts that it does not have. They must be created after the alarms,
 * which the overview shows.
 */
export class EnvironmentDashboards extends Construct {
  private readonly objectives: readonly Objective[];
  private readonly metrics: ObjectiveMetrics;
  private readonly limits: Limits;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: EnvironmentDashboardsProps,
  ) {
    super(scope, id);
    this.objectives = objectivesOf(props.config);
    this.metrics = new ObjectiveMetrics(props);
    this.limits = new Limits(
      Object.fromEntries(this.objectives.map((objective) => [objective.id, graphLimit(objective)])),
    );
    const contents = this.contents(alarmsBelow(scope));
    const names = DASHBOARD_NAMES.filter((name) => contents[name] !== null);
    const prefix = `${PROJECT}-${props.config.environment}`;
    for (const name of names) {
      const content = contents[name];
      if (content === null) continue;
      const { runbookUrl } = props.config.alarms;
      new PlatformDashboard(this, name, { ...content, name, names, prefix, runbookUrl });
    }
  }

  private contents(alarms: AlarmGroups): Record<DashboardName, DashboardContent | null> {
    const { limits, metrics, props } = this;
    const { access, config, loadBalancer, upkeep } = props;
    const { leastRequests } = config.objectives;
    const watchesPods = config.cluster.containerInsights;
    const apiMetrics = watchesPods ? metrics.api : null;
    return {
      overview: overview({
        alarms,
        budgets: requestObjectives(config).map((objective) => ({
          title: objective.bad,
          budgetPercent: objective.budgetPercent,
          badShare: (period) => metrics.badShare(objective, period),
        })),
        tiles: this.objectives.map((objective) => this.tile(objective)),
        limits,
        loadBalancer,
        leastRequests,
      }),
      api: api({
        loadBalancer,
        pods: watchesPods ? metrics.pods : null,
        api: apiMetrics,
        limits,
        leastRequests,
      }),
      database: database({
        database: props.database,
        proxy: access.proxy ?? null,
        upkeep,
        api: apiMetrics,
        limits,
        maxConnections: config.database.maxConnections,
      }),
      cache: cache({ cache: props.cache, limits }),
      cdn: cdn({ cdn: props.cdn, limits }),
      scaling: this.scalingContent(),
      cost: cost({
        loadBalancer,
        database: props.database,
        cdn: props.cdn,
        scalesAhead: config.predictiveScaling !== null,
        region: config.region,
      }),
    };
  }

  private scalingContent(): DashboardContent | null {
    const { config, loadBalancer, scaling: built } = this.props;
    if (built === null || config.predictiveScaling === null) return null;
    const { alarms, workloads } = config.predictiveScaling;
    return scaling({
      ...built,
      ...alarms,
      workloads: workloads.map((workload) => ({
        name: workload.name,
        mode: workload.mode,
        replicas: isApiWorkload(workload) ? loadBalancer.metricHealthyHosts({ statistic: 'Maximum' }) : null,
      })),
    });
  }

  private tile(objective: Objective): Tile {
    const period = pointOf(objective);
    return {
      title: tileTitle(objective),
      metric:
        objective.kind === 'limit'
          ? worstIfMissing(
              this.limited(objective, period),
              objective,
              tileScale(objective, this.props.config),
              period,
            )
          : this.metrics.badShare(objective, period),
      limit: tileLimit(objective),
      max: tileScale(objective, this.props.config),
      period,
      ...(objective.source === 'cdn' && { region: GLOBAL_METRICS_REGION }),
    };
  }

  /** One metric of an objective for its tile; the alarm may use several metrics, or samples of single minutes. */
  private limited(objective: LimitObjective, period: Duration): IMetric {
    const { cache: valkey, loadBalancer } = this.props;
    if (objective.id === 'cache-cpu') return valkey.metricEngineCpuUtilization({ period });
    if (objective.id === 'cache-memory') return valkey.metricMemoryUsage({ period });
    if (objective.id === 'concurrency') return loadBalancer.metricOpenConnections({ period });
    const metrics = this.metrics.limited({ ...objective, periodMinutes: period.toMinutes() });
    const [metric] = metrics;
    if (metric === undefined) throw new Error(`objective ${objective.id} has no metric`);
    return metrics.length === 1 ? metric : worstOf(metrics, objective.missed, period);
  }
}

/** Length of a tile's point: the default, or longer if the objective's own period is longer. */
function pointOf(objective: Objective): Duration {
  if (objective.kind === 'requests') return POINT;
  // An objective on runs promises one run within all of the alarm's periods together.
  const minutes = objective.periodMinutes * (objective.unit === 'runs' ? objective.periods : 1);
  return Duration.minutes(Math.max(POINT.toMinutes(), minutes));
}

/** If missing data is bad, the tile shows missing data as the worst value rather than the last value. */
function worstIfMissing(
  value: IMetric,
  { missed, missing }: LimitObjective,
  worst: number,
  period: Duration,
): IMetric {
  if (missing !== 'bad') return value;
  const expression = `FILL(value, ${missed === 'below' ? 0 : worst})`;
  return new MathExpression({ expression, usingMetrics: { value }, period });
}

/** The worst of several metrics. Where the lowest value is the worst, missing data counts as 0. */
function worstOf(
  metrics: readonly IMetric[],
  missed: LimitObjective['missed'],
  period: Duration,
): MathExpression {
  return new MathExpression({
    expression: missed === 'below' ? 'MIN(FILL(METRICS(), 0))' : 'MAX(METRICS())',
    usingMetrics: Object.fromEntries(metrics.map((metric, index) => [`publisher${index}`, metric])),
    period,
  });
}
