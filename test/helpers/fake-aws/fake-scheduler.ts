import type { Answer, ReceivedRequest } from '../fault-server';
import { FakeAws } from './fake-aws';

/** A schedule as UpdateSchedule writes it. */
export type Schedule = Readonly<Record<string, unknown>>;

/** EventBridge Scheduler's UpdateSchedule (REST, JSON), for schedules that are there. */
export class FakeScheduler extends FakeAws {
  /** Schedules by `group/name`. */
  readonly schedules = new Map<string, Schedule>();

  static async start(): Promise<FakeScheduler> {
    const fake = new FakeScheduler('scheduler');
    await fake.server.listen();
    return fake;
  }

  /** Forgets schedules, faults and requests. */
  reset(): void {
    this.schedules.clear();
    this.server.reset();
  }

  protected answer({ method, path, body }: ReceivedRequest): Answer {
    const [, name] = /^\/schedules\/([\w.-]+)$/.exec(path) ?? [];
    if (method !== 'PUT' || name === undefined) return this.refusal(404, 'UnknownOperationException', path);
    const { GroupName, ClientToken, ...schedule } = JSON.parse(body.toString()) as Schedule;
    const key = `${GroupName ?? 'default'}/${name}`;
    if (!this.schedules.has(key)) {
      return this.refusal(404, 'ResourceNotFoundException', `Schedule ${name} does not exist.`);
    }
    const problem = invalid(schedule);
    if (problem) return this.refusal(400, 'ValidationException', problem);
    // What is left out takes its default: nothing of the old schedule stays.
    this.schedules.set(key, schedule);
    return json(200, { ScheduleArn: `arn:aws:scheduler:eu-central-1:111111111111:schedule/${key}` });
  }

  protected refusal(status: number, code: string, message: string): Answer {
    return json(status, { Message: message }, { 'x-amzn-errortype': code });
  }
}

function invalid({ ScheduleExpression, FlexibleTimeWindow, Target }: Schedule): string | undefined {
  if (!/^at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)$/.test(String(ScheduleExpression))) {
    return `Invalid Schedule Expression ${ScheduleExpression}.`;
  }
  const { Arn, RoleArn } = (Target ?? {}) as Partial<Record<string, unknown>>;
  return FlexibleTimeWindow && Arn && RoleArn ? undefined : 'a required field is missing';
}

function json(status: number, body: object, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}
