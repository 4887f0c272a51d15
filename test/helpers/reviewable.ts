import { stringify } from 'yaml';

/** Tags that every resource of a stack repeats; a test of their own looks after them. */
export const COMMON_TAGS = ['project', 'environment', 'stack', 'cost-centre'];

/** One line of thousands of characters, and its pictures are for review: docs/dashboards.md. */
const DASHBOARD_BODY = '<see docs/dashboards.md>';

/**
 * A template as YAML for a person to review: without hashes, repeated tags and CDK's own metadata, and with
 * intrinsic functions in CloudFormation's short form on one line.
 */
export function reviewable(template: object): string {
  return stringify(simplify(template), { lineWidth: 0, aliasDuplicateObjects: false });
}

function simplify(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/[0-9a-f]{64}/g, '<hash>');
  if (Array.isArray(value)) return value.map(simplify);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  return (
    shortForm(entries) ??
    metricQuery(value) ??
    alarm(value) ??
    Object.fromEntries(
      entries
        .filter(([key]) => !['BootstrapVersion', 'CheckBootstrapVersion'].includes(key))
        .map(([key, child]) => [
          key,
          key === 'DashboardBody'
            ? DASHBOARD_BODY
            : simplify(key === 'Tags' && Array.isArray(child) ? ownTags(child) : child),
        ])
        .filter(([key, child]) => !(key === 'Tags' && Array.isArray(child) && child.length === 0)),
    )
  );
}

/** `!Ref X`, `!GetAtt X.Arn`, `!StackOutput <stack> <output>`, `!Join "…"`; undefined for anything else. */
function shortForm(entries: readonly (readonly [string, unknown])[]): string | undefined {
  const [first, ...others] = entries;
  if (first === undefined || others.length > 0) return undefined;
  const [key, child] = first;
  if (key === 'Ref') return `!Ref ${child}`;
  if (key === 'Fn::GetAtt' && Array.isArray(child)) return `!GetAtt ${child.join('.')}`;
  if (key === 'Fn::GetStackOutput') {
    const { StackName, OutputName } = child as { StackName: string; OutputName: string };
    return `!StackOutput ${StackName} ${OutputName}`;
  }
  if (key === 'Fn::Join' && Array.isArray(child) && Array.isArray(child[1])) {
    const parts = child[1]
      .map((part) => simplify(part))
      .map((part) => (typeof part === 'string' ? part : JSON.stringify(part)));
    return `!Join ${parts.map((part) => (part.startsWith('!') ? `\${${part.slice(1)}}` : part)).join(child[0])}`;
  }
  return key.startsWith('Fn::') ? `!${key.slice(4)} ${JSON.stringify(simplify(child))}` : undefined;
}

interface MetricQuery {
  readonly Id: string;
  readonly MetricStat?: {
    readonly Metric: {
      readonly Namespace: string;
      readonly MetricName: string;
      readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
    };
    readonly Period: number;
    readonly Stat: string;
  };
}

/** A metric in an alarm's expression: `requests: Sum of AWS/ApplicationELB RequestCount {LoadBalancer} in 3600 s`. */
function metricQuery(value: object): string | undefined {
  const { Id, MetricStat } = value as MetricQuery;
  if (MetricStat === undefined) return undefined;
  const { Metric, Period, Stat } = MetricStat;
  const dimensions = (Metric.Dimensions ?? []).map(({ Name, Value }) =>
    typeof Value === 'string' ? `${Name}: ${Value}` : Name,
  );
  return `${Id}: ${Stat} of ${Metric.Namespace} ${Metric.MetricName} {${dimensions.join(', ')}} in ${Period} s`;
}

/** An alarm as what it says, what it looks at, and when it goes off; metrics that it has without a formula follow. */
function alarm(value: object): object | undefined {
  const { Type, Properties = {} } = value as { Type?: string; Properties?: Record<string, unknown> };
  if (Type !== 'AWS::CloudWatch::Alarm') return undefined;
  const { ComparisonOperator, DatapointsToAlarm, EvaluationPeriods, Threshold, TreatMissingData, ...rest } =
    Properties;
  return {
    Type,
    When: `${ComparisonOperator} ${Threshold}, ${DatapointsToAlarm} of ${EvaluationPeriods}, missing is ${TreatMissingData}`,
    Properties: simplify(rest),
  };
}

function ownTags(tags: readonly { Key: string }[]): readonly { Key: string }[] {
  return tags.filter(({ Key }) => !COMMON_TAGS.includes(Key));
}
