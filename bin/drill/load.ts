import { isSuccess } from './answer';
import { Callers } from './calls/callers';
import type { Kind } from './calls/gateway-calls';
import { CLIENTS, type ClientFigures, type ClientKind, ClientLog } from './client-log';
import { QuestionClients } from './question-clients';
import { RecordClients } from './records/record-clients';
import { RecordLedger } from './records/record-ledger';

/** Clients of each kind and their pauses, ms: faults are to be seen, not the limit of the machine. */
const RECORD_CLIENTS = { clients: 6, pauseMs: 25, answerMs: 10_000 };
const CALLERS = { callers: 10, pauseMs: 40 };
const QUESTION_CLIENTS = { clients: 2, pauseMs: 100 };

/** Kinds of calls, in turn: both formats, whole and streamed; of the kept ones most are answered from the cache. */
export const USUAL_KINDS: readonly Kind[] = [
  ...(['chat completion', 'streamed chat completion', 'kept chat completion'] as const),
  ...(['message', 'streamed message', 'kept chat completion'] as const),
];

/** How long records under way may be sent again at the end, ms. */
const PATIENCE_MS = 30_000;

export interface LoadProps {
  /** Origin of the platform. */
  readonly url: string;
  /** A key with the roles `ingest`, `read` and `gateway`. */
  readonly key: string;
  /** Name of what is tried; the tags `drill` of all records and calls have it. */
  readonly name: string;
  /** Kinds of the gateway's calls. @default USUAL_KINDS */
  readonly kinds?: readonly Kind[];
  /** Length of the calls' prompts, bytes. @default 60 */
  readonly promptBytes?: () => number;
  /** Whether connections are kept between requests. @default true */
  readonly keepAlive?: boolean;
  readonly now: () => Date;
  /** A clock that only goes forward, ms. */
  readonly clock: () => number;
}

/** Clients of all kinds, and what they saw. */
export class Load {
  /** What the clients were told about their records. */
  readonly records = new RecordLedger();
  /** Markers of calls whose callers have a whole answer. */
  readonly answered = new Set<string>();
  private readonly logs: Readonly<Record<ClientKind, ClientLog>>;
  private readonly recordClients: RecordClients;
  private readonly callers: Callers;
  private readonly questions: QuestionClients;

  constructor(private readonly props: LoadProps) {
    const { url, key, clock, now, name, kinds = USUAL_KINDS, promptBytes, keepAlive } = props;
    const begin = clock();
    this.logs = {
      records: new ClientLog(begin),
      calls: new ClientLog(begin),
      questions: new ClientLog(begin),
    };
    this.recordClients = new RecordClients({
      ...{ ...RECORD_CLIENTS, urls: [url], key, clock, ledger: this.records, markers: this.recordMarkers },
      ...{ keepAlive, phase: () => name },
      nowMs: () => now().getTime(),
      onAnswer: (answer) => this.logs.records.take(answer),
    });
    this.callers = new Callers({
      ...{
        ...CALLERS,
        urls: () => [url],
        key,
        clock,
        kinds,
        promptBytes,
        keepAlive,
        markers: this.callMarkers,
      },
      onEnd: ({ marker }, outcome, answer) => {
        this.logs.calls.take(answer);
        if (isSuccess(outcome)) this.answered.add(marker);
      },
    });
    this.questions = new QuestionClients({
      ...{ ...QUESTION_CLIENTS, url, key, now, clock, keepAlive },
      onAnswer: (answer) => this.logs.questions.take(answer),
    });
  }

  /** What the markers of the records begin with. */
  get recordMarkers(): string {
    return `record.${this.props.name}.`;
  }

  /** What the markers of the calls begin with. */
  get callMarkers(): string {
    return `call.${this.props.name}.`;
  }

  /** Notes that the repair begins. */
  repair(): void {
    for (const kind of CLIENTS) this.logs[kind].repair(this.props.clock());
  }

  /** Whether clients of every kind have had a success since the repair, and no failure for a second. */
  get isCalm(): boolean {
    return CLIENTS.every((kind) => this.logs[kind].isCalm(this.props.clock()));
  }

  /**
   * Sends nothing new, and waits for what is under way.
   * @param patienceMs how long records may be sent again. @default - 30 s
   * @returns what each kind of clients saw until then
   */
  async stop(patienceMs = PATIENCE_MS): Promise<Readonly<Record<ClientKind, ClientFigures>>> {
    const endMs = this.props.clock();
    await Promise.all([this.recordClients.stop(patienceMs), this.callers.stop(), this.questions.stop()]);
    const [records, calls, questions] = CLIENTS.map((kind) => this.logs[kind].figures(endMs));
    return { records, calls, questions } as Record<ClientKind, ClientFigures>;
  }
}
