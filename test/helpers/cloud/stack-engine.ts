import { type ChangeSet, type DoubleStack, NO_RESOURCES } from './double-stack';
import { evaluate, physicalIdOf, type Scope } from './intrinsics';
import { hasSameName } from './resource-names';
import { creationOrder, type DoubleResource, type DoubleTemplate } from './template';

/** An error as CloudFormation answers it. */
export class StackError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const REPLACING = 'Requested update requires the creation of a new physical resource; hence creating one.';
const NAME_IS_TAKEN =
  'CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename the resource and ' +
  'update the stack again.';

interface Put {
  readonly verb: 'CREATE' | 'UPDATE';
  readonly isReplaced: boolean;
  readonly fail: () => void;
}

export interface EngineProps {
  readonly account: string;
  readonly now: () => Date;
}

/** Stacks in memory: creation, update with rollback, deletion; as fast as the requests come in. */
export class StackEngine {
  /** Every stack that was ever made, deleted ones included, oldest first. */
  readonly stacks: DoubleStack[] = [];
  /** Reason with which a resource fails, by `<stack>/<logical id>`. */
  readonly failures = new Map<string, string>();
  /** Names of stacks whose operations make no progress. */
  readonly held = new Set<string>();
  /** Resources that an operation finishes between two requests. @default all of them */
  pace = Number.POSITIVE_INFINITY;
  private count = 0;

  constructor(readonly props: EngineProps) {}

  /** A stack by name or id, deleted ones by id only. @throws StackError as CloudFormation */
  find(nameOrId: string, region: string): DoubleStack {
    const found = this.stacks.findLast(
      (stack) =>
        stack.region === region &&
        (stack.id === nameOrId || (stack.name === nameOrId && stack.status !== 'DELETE_COMPLETE')),
    );
    if (found) return found;
    throw new StackError('ValidationError', `Stack with id ${nameOrId} does not exist`);
  }

  exists(name: string, region: string): boolean {
    return this.stacks.some(
      (stack) => stack.name === name && stack.region === region && stack.status !== 'DELETE_COMPLETE',
    );
  }

  make(name: string, region: string): DoubleStack {
    this.count += 1;
    const stack: DoubleStack = {
      name,
      region,
      id: `arn:aws:cloudformation:${region}:${this.props.account}:stack/${name}/${this.count}`,
      created: this.props.now(),
      status: 'REVIEW_IN_PROGRESS',
      reason: undefined,
      templateText: '',
      template: NO_RESOURCES,
      parameters: {},
      tags: [],
      isProtected: false,
      outputs: {},
      resources: new Map(),
      retained: new Map(),
      events: [],
      changeSets: new Map(),
      work: [],
      drifted: new Map(),
    };
    this.stacks.push(stack);
    this.event(stack, stack.name, stack.status);
    return stack;
  }

  /** Does what is due of every operation under way. */
  advance(): void {
    for (const stack of this.stacks) {
      if (this.held.has(stack.name)) continue;
      for (let done = 0; done < this.pace && stack.work.length > 0; done += 1) stack.work.shift()?.();
    }
  }

  execute(stack: DoubleStack, changeSet: ChangeSet): void {
    const isNew = stack.status === 'REVIEW_IN_PROGRESS';
    const verb = isNew ? 'CREATE' : 'UPDATE';
    const before = { template: stack.template, templateText: stack.templateText };
    this.move(stack, `${verb}_IN_PROGRESS`, 'User Initiated');
    const { template, templateText, parameters, tags, changes } = changeSet;
    Object.assign(stack, { template, templateText, parameters, tags });
    const changed = new Map(changes.map((change) => [change.logicalId, change]));
    const steps = creationOrder(template)
      .filter((id) => changed.has(id))
      .map((id) => () => {
        const { action, isReplaced = false } = changed.get(id) ?? {};
        const fail = () => this.rollBack(stack, isNew, before);
        this.putResource(stack, id, { verb: action === 'Add' ? 'CREATE' : 'UPDATE', isReplaced, fail });
      });
    const removed = changes.filter(({ action }) => action === 'Remove');
    stack.work = [
      ...steps,
      ...removed.map(
        ({ logicalId }) =>
          () =>
            this.removeResource(stack, logicalId),
      ),
      () => {
        const outputs = Object.entries(template.Outputs ?? {});
        stack.outputs = Object.fromEntries(
          outputs.map(([name, { Value }]) => [name, String(evaluate(Value, this.scopeOf(stack)))]),
        );
        this.move(stack, `${verb}_COMPLETE`);
      },
    ];
  }

  delete(stack: DoubleStack): void {
    if (stack.isProtected) {
      throw new StackError(
        'ValidationError',
        `Stack [${stack.name}] cannot be deleted while TerminationProtection is enabled`,
      );
    }
    this.move(stack, 'DELETE_IN_PROGRESS', 'User Initiated');
    const ids = creationOrder(stack.template).reverse();
    const fail = () => {
      stack.work = [];
      this.move(stack, 'DELETE_FAILED', 'The following resource(s) failed to delete');
    };
    stack.work = [
      ...ids.map((id) => () => this.removeResource(stack, id, fail)),
      () => this.move(stack, 'DELETE_COMPLETE'),
    ];
  }

  scopeOf(stack: DoubleStack): Scope {
    const { account } = this.props;
    const { region, name: stackName, template, parameters } = stack;
    return {
      account,
      region,
      stackName,
      template,
      parameters,
      physicalId: (id) => stack.resources.get(id)?.physicalId ?? `missing-${id}`,
      outputOf: (other, output, where) => {
        const value = this.find(other, where).outputs[output];
        if (value === undefined) throw new StackError('ValidationError', `${other} has no output ${output}`);
        return value;
      },
    };
  }

  event(stack: DoubleStack, logicalId: string, status: string, reason?: string): void {
    this.count += 1;
    const resource = stack.resources.get(logicalId);
    stack.events.push({
      id: `event-${this.count}`,
      logicalId,
      physicalId: resource?.physicalId ?? (logicalId === stack.name ? stack.id : ''),
      type:
        logicalId === stack.name
          ? 'AWS::CloudFormation::Stack'
          : (resource?.type ?? stack.template.Resources[logicalId]?.Type ?? ''),
      status,
      reason,
      time: this.props.now(),
    });
  }

  private putResource(stack: DoubleStack, id: string, { verb, isReplaced, fail }: Put): void {
    const resource = stack.template.Resources[id] as DoubleResource;
    const { Type: type, DeletionPolicy: deletionPolicy } = resource;
    const scope = this.scopeOf(stack);
    const properties = evaluate(resource.Properties ?? {}, scope) as Record<string, unknown>;
    const before = stack.resources.get(id);
    this.event(stack, id, `${verb}_IN_PROGRESS`, isReplaced ? REPLACING : undefined);
    const reason =
      this.failures.get(`${stack.name}/${id}`) ??
      (isReplaced && before && hasSameName(type, before.properties, properties) ? NAME_IS_TAKEN : undefined);
    if (reason !== undefined) {
      this.event(stack, id, `${verb}_FAILED`, reason);
      fail();
      return;
    }
    const generation = (before?.generation ?? 0) + (isReplaced ? 1 : 0);
    const physicalId =
      before && !isReplaced
        ? before.physicalId
        : physicalIdOf(scope, { logicalId: id, type, properties, generation });
    const status = `${verb}_COMPLETE`;
    stack.resources.set(id, { type, physicalId, status, deletionPolicy, properties, generation });
    this.event(stack, id, status);
  }

  private removeResource(stack: DoubleStack, id: string, fail?: () => void): void {
    const resource = stack.resources.get(id);
    if (!resource) return;
    const reason = fail && this.failures.get(`${stack.name}/${id}`);
    if (reason !== undefined) {
      this.event(stack, id, 'DELETE_FAILED', reason);
      fail?.();
      return;
    }
    const isKept = /^Retain/.test(resource.deletionPolicy ?? '');
    this.event(stack, id, isKept ? 'DELETE_SKIPPED' : 'DELETE_COMPLETE');
    if (isKept) stack.retained.set(id, resource);
    stack.resources.delete(id);
  }

  private rollBack(
    stack: DoubleStack,
    isNew: boolean,
    before: { readonly template: DoubleTemplate; readonly templateText: string },
  ): void {
    const prefix = isNew ? 'ROLLBACK' : 'UPDATE_ROLLBACK';
    this.move(stack, `${prefix}_IN_PROGRESS`, 'The following resource(s) failed');
    const made = [...stack.resources.keys()].reverse();
    stack.work = [
      ...(isNew ? made.map((id) => () => this.removeResource(stack, id)) : []),
      () => {
        if (!isNew) Object.assign(stack, before);
        this.move(stack, `${prefix}_COMPLETE`);
      },
    ];
  }

  private move(stack: DoubleStack, status: string, reason?: string): void {
    stack.status = status;
    stack.reason = reason;
    this.event(stack, stack.name, status, reason);
  }
}
