import { UsageError } from '../../cli/command';

/** A kubeconfig that cannot be used; the message names the file, the context, the user or cluster, and the field. */
export class KubeconfigError extends UsageError {}

/** Where a setting stands, for messages. */
export interface Place {
  /** Kubeconfig file. */
  readonly file: string;
  /** What of it, e.g. `user 'me' of context 'here'`. */
  readonly entry: string;
}

/** @throws {KubeconfigError} */
export function refuse({ file, entry }: Place, problem: string, options?: ErrorOptions): never {
  throw new KubeconfigError(`${file}: ${entry} ${problem}`, options);
}
