import { parse } from 'yaml';
import { type ChangeSet, type DoubleStack, NO_RESOURCES } from './double-stack';
import { StackEngine, StackError } from './stack-engine';
import { changesBetween, type DoubleTemplate } from './template';
import { listOf, pairsOf, type XmlValue } from './xml';

/** CloudFormation's answer to a request with nothing to change; the CDK CLI reads it. */
const NO_CHANGES =
  "The submitted information didn't contain changes. Submit different information to create a change set.";

type Operation = (form: URLSearchParams, region: string) => XmlValue;

/** The API of CloudFormation over stacks in memory. */
export class CloudFormationDouble {
  readonly engine: StackEngine;
  /** Ids of drift detections and their stacks. */
  private readonly detections: DoubleStack[] = [];

  /** @param readTemplate text of a template by its S3 URL */
  constructor(
    props: { readonly account: string; readonly now: () => Date },
    private readonly readTemplate: (url: string) => string,
  ) {
    this.engine = new StackEngine(props);
  }

  /** @throws StackError as CloudFormation answers */
  answer(action: string, form: URLSearchParams, region: string): XmlValue {
    const operation = this.operations[action];
    if (!operation) throw new StackError('InvalidAction', `the double has no ${action}`);
    this.engine.advance();
    return operation(form, region);
  }

  private readonly operations: Readonly<Record<string, Operation>> = {
    DescribeStacks: (form, region) => {
      const name = form.get('StackName');
      const stacks = name
        ? [this.engine.find(name, region)]
        : this.engine.stacks.filter((one) => one.region === region && one.status !== 'DELETE_COMPLETE');
      return { Stacks: stacks.map(describe) };
    },
    DescribeStackEvents: (form, region) => ({
      StackEvents: this.stackOf(form, region)
        .events.toReversed()
        .map((event) => ({
          StackId: this.stackOf(form, region).id,
          EventId: event.id,
          StackName: this.stackOf(form, region).name,
          LogicalResourceId: event.logicalId,
          PhysicalResourceId: event.physicalId,
          ResourceType: event.type,
          Timestamp: event.time,
          ResourceStatus: event.status,
          ResourceStatusReason: event.reason,
        })),
    }),
    ListStackResources: (form, region) => ({
      StackResourceSummaries: resourcesOf(this.stackOf(form, region), 'LastUpdatedTimestamp'),
    }),
    DescribeStackResources: (form, region) => ({
      StackResources: resourcesOf(this.stackOf(form, region), 'Timestamp'),
    }),
    GetTemplate: (form, region) => ({ TemplateBody: this.stackOf(form, region).templateText }),
    GetTemplateSummary: () => ({ Parameters: [], ResourceTypes: [] }),
    ValidateTemplate: () => ({ Parameters: [] }),
    CreateChangeSet: (form, region) => this.createChangeSet(form, region),
    DescribeChangeSet: (form, region) =>
      describeChangeSet(this.stackOf(form, region), this.changeSetOf(form, region)),
    DeleteChangeSet: (form, region) => {
      this.stackOf(form, region).changeSets.delete(form.get('ChangeSetName') ?? '');
      return {};
    },
    ExecuteChangeSet: (form, region) => {
      const stack = this.stackOf(form, region);
      if (/_IN_PROGRESS$/.test(stack.status) && stack.status !== 'REVIEW_IN_PROGRESS') {
        throw new StackError('InvalidChangeSetStatus', `Stack ${stack.name} is in ${stack.status} state`);
      }
      this.engine.execute(stack, this.changeSetOf(form, region));
      return {};
    },
    UpdateTerminationProtection: (form, region) => {
      const stack = this.stackOf(form, region);
      stack.isProtected = form.get('EnableTerminationProtection') === 'true';
      return { StackId: stack.id };
    },
    DeleteStack: (form, region) => {
      const name = form.get('StackName') ?? '';
      if (this.engine.exists(name, region) || name.startsWith('arn:')) {
        this.engine.delete(this.engine.find(name, region));
      }
      return {};
    },
    DetectStackDrift: (form, region) => {
      this.detections.push(this.stackOf(form, region));
      return { StackDriftDetectionId: `detection-${this.detections.length - 1}` };
    },
    DescribeStackDriftDetectionStatus: (form) => {
      const id = form.get('StackDriftDetectionId') ?? '';
      const stack = this.detections[Number(id.replace('detection-', ''))];
      return {
        StackId: stack?.id,
        StackDriftDetectionId: id,
        DetectionStatus: 'DETECTION_COMPLETE',
        StackDriftStatus: stack && stack.drifted.size > 0 ? 'DRIFTED' : 'IN_SYNC',
        DriftedStackResourceCount: stack?.drifted.size ?? 0,
        Timestamp: this.engine.props.now(),
      };
    },
    DescribeStackResourceDrifts: (form, region) => ({
      StackResourceDrifts: driftsOf(this.stackOf(form, region)),
    }),
  };

  private stackOf(form: URLSearchParams, region: string): DoubleStack {
    return this.engine.find(form.get('StackName') ?? '', region);
  }

  private changeSetOf(form: URLSearchParams, region: string): ChangeSet {
    const name = form.get('ChangeSetName') ?? '';
    const sets = [...this.stackOf(form, region).changeSets.values()];
    const found = sets.find((one) => one.name === name || one.id === name);
    if (found) return found;
    throw new StackError('ChangeSetNotFound', `ChangeSet [${name}] does not exist`);
  }

  private createChangeSet(form: URLSearchParams, region: string): XmlValue {
    const stackName = form.get('StackName') ?? '';
    const name = form.get('ChangeSetName') ?? '';
    const isThere = this.engine.exists(stackName, region);
    if (form.get('ChangeSetType') === 'UPDATE' && !isThere) this.engine.find(stackName, region);
    const stack = isThere ? this.engine.find(stackName, region) : this.engine.make(stackName, region);
    if (/ROLLBACK_COMPLETE$/.test(stack.status) && stack.status === 'ROLLBACK_COMPLETE') {
      throw new StackError(
        'ValidationError',
        `Stack:${stack.id} is in ROLLBACK_COMPLETE state and can not be updated.`,
      );
    }
    if (!listOf(form, 'Capabilities').includes('CAPABILITY_NAMED_IAM')) {
      throw new StackError(
        'InsufficientCapabilitiesException',
        'Requires capabilities : [CAPABILITY_NAMED_IAM]',
      );
    }
    const url = form.get('TemplateURL');
    const isPrevious = form.get('UsePreviousTemplate') === 'true';
    const templateText = isPrevious
      ? stack.templateText
      : (form.get('TemplateBody') ?? (url === null ? '' : this.readTemplate(url)));
    const template = parsed(templateText) as DoubleTemplate;
    const changes = changesBetween(
      stack.status === 'REVIEW_IN_PROGRESS' ? NO_RESOURCES : stack.template,
      template,
    );
    const given = Object.fromEntries(pairsOf(form, 'Parameters', 'ParameterKey', 'ParameterValue'));
    const defaults = Object.entries(template.Parameters ?? {}).map(([key, { Default }]) => [
      key,
      Default ?? '',
    ]);
    const id = `arn:aws:cloudformation:${region}:${this.engine.props.account}:changeSet/${name}/1`;
    stack.changeSets.set(name, {
      name,
      id,
      templateText,
      template,
      changes,
      status: changes.length > 0 || !hasSameOutputs(stack.template, template) ? 'CREATE_COMPLETE' : 'FAILED',
      parameters: { ...Object.fromEntries(defaults), ...given },
      tags: pairsOf(form, 'Tags', 'Key', 'Value'),
    });
    return { Id: id, StackId: stack.id };
  }
}

function hasSameOutputs(before: DoubleTemplate, after: DoubleTemplate): boolean {
  return JSON.stringify(before.Outputs ?? {}) === JSON.stringify(after.Outputs ?? {});
}

function describe(stack: DoubleStack): XmlValue {
  return {
    StackId: stack.id,
    StackName: stack.name,
    Description: '',
    CreationTime: stack.created,
    StackStatus: stack.status,
    StackStatusReason: stack.reason,
    DisableRollback: false,
    EnableTerminationProtection: stack.isProtected,
    Capabilities: ['CAPABILITY_NAMED_IAM'],
    Parameters: Object.entries(stack.parameters).map(([ParameterKey, ParameterValue]) => ({
      ParameterKey,
      ParameterValue,
    })),
    Tags: stack.tags.map(([Key, Value]) => ({ Key, Value })),
    Outputs: Object.entries(stack.outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
  };
}

function describeChangeSet(stack: DoubleStack, set: ChangeSet): XmlValue {
  return {
    ChangeSetName: set.name,
    ChangeSetId: set.id,
    StackId: stack.id,
    StackName: stack.name,
    Status: set.status,
    StatusReason: set.status === 'FAILED' ? NO_CHANGES : undefined,
    ExecutionStatus: set.status === 'FAILED' ? 'UNAVAILABLE' : 'AVAILABLE',
    Changes: set.changes.map(({ action, logicalId, type, isReplaced, properties }) => ({
      Type: 'Resource',
      ResourceChange: {
        Action: action,
        LogicalResourceId: logicalId,
        PhysicalResourceId: stack.resources.get(logicalId)?.physicalId,
        ResourceType: type,
        Replacement: action === 'Modify' ? (isReplaced ? 'True' : 'False') : undefined,
        Scope: action === 'Modify' ? ['Properties'] : [],
        Details: properties.map((Name) => ({
          Target: { Attribute: 'Properties', Name, RequiresRecreation: isReplaced ? 'Always' : 'Never' },
          Evaluation: 'Static',
          ChangeSource: 'DirectModification',
        })),
      },
    })),
  };
}

function resourcesOf(stack: DoubleStack, time: 'LastUpdatedTimestamp' | 'Timestamp'): XmlValue[] {
  return [...stack.resources].map(([LogicalResourceId, { type, physicalId, status }]) => ({
    LogicalResourceId,
    PhysicalResourceId: physicalId,
    ResourceType: type,
    [time]: stack.created,
    ResourceStatus: status,
  }));
}

function driftsOf(stack: DoubleStack): XmlValue[] {
  return [...stack.drifted].map(([LogicalResourceId, differences]) => ({
    StackId: stack.id,
    LogicalResourceId,
    PhysicalResourceId: stack.resources.get(LogicalResourceId)?.physicalId,
    ResourceType: stack.resources.get(LogicalResourceId)?.type,
    StackResourceDriftStatus: differences.length > 0 ? 'MODIFIED' : 'DELETED',
    PropertyDifferences: differences.map(({ path, expected, actual }) => ({
      PropertyPath: path,
      ExpectedValue: expected,
      ActualValue: actual,
      DifferenceType: 'NOT_EQUAL',
    })),
    Timestamp: stack.created,
  }));
}

/** The CDK sends JSON by S3, and small templates as YAML. */
function parsed(text: string): unknown {
  return text.startsWith('{') ? JSON.parse(text) : parse(text);
}
