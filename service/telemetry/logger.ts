import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

export interface LoggerProps {
  /** Least severe level that is written. */
  readonly level: string;
  /** Name of the pod, in every line. */
  readonly pod: string;
  /** Where the lines go. @default - standard output, written in the background */
  readonly destination?: DestinationStream;
}

/** Fields that no line may hold, wherever a caller puts them: secrets, and what people have asked a model. */
const SECRET_FIELDS = ['authorization', 'cookie', 'password', 'prompt', 'secret', 'x-api-key'];

/** Levels above three are never nested in a log line of the service. */
const REDACTED = SECRET_FIELDS.flatMap((field) => {
  const name = /^\w+$/.test(field) ? field : `["${field}"]`;
  const join = (start: string) => (name.startsWith('[') ? `${start}${name}` : `${start}.${name}`);
  return [name, join('*'), join('*.*')];
});

/** What PostgreSQL adds to an error: `detail` holds the row that a constraint refused, `where` parameters. */
const ERROR_FIELDS = ['err.detail', 'err.where'];

/** Writes a JSON object a line. Prompts, keys and passwords are left out. */
export function createLogger({ level, pod, destination }: LoggerProps): Logger {
  const options = {
    level,
    base: { pod },
    redact: { paths: [...REDACTED, ...ERROR_FIELDS], remove: true },
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return destination === undefined
    ? pino(options, pino.destination({ dest: 1, sync: false }))
    : pino(options, destination);
}
