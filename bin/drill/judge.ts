import { isSuccess, type Outcome } from './answer';
import { CLIENTS, type ClientFigures, type ClientKind } from './client-log';
import type { CallCounts } from './compare';
import type { FaultName, FaultPromise } from './promises';
import type { PhaseCounts } from './records/record-ledger';

/** What a fault did. */
export interface FaultResult {
  readonly fault: FaultName;
  /** From the begin of the fault to the end of its repair, s. */
  readonly lastedSeconds: number;
  readonly records: PhaseCounts;
  readonly calls: CallCounts;
  readonly clients: Readonly<Record<ClientKind, ClientFigures>>;
  /** Processes that ended though nothing had ended them. */
  readonly crashed: readonly string[];
  /** What shows that the fault took place is missing; null where it is there. */
  readonly missing: string | null;
}

/** What is not as promised, a sentence each; empty where the fault has passed. */
export function problemsOfFault(result: FaultResult, promise: FaultPromise): string[] {
  return [
    ...ledgerProblems(result),
    ...CLIENTS.flatMap((kind) => clientProblems(kind, result, promise)),
    ...result.crashed.map((name) => `${name} ended by itself`),
    ...(result.missing === null ? [] : [`the fault did not take place: ${result.missing}`]),
    ...seenProblems(result, promise),
  ];
}

function ledgerProblems({ records, calls }: FaultResult): string[] {
  const { cost } = calls;
  const counts: readonly (readonly [number, string])[] = [
    [records.lost, 'records were called stored, and are not'],
    [records.twice, 'records have two rows'],
    [records.refused, 'valid records were refused'],
    [calls.lost, 'calls have no row'],
    [calls.twice, 'calls have two rows or two answers of the provider'],
    [calls.active, 'calls have not ended in the ledger'],
    [calls.invented, 'rows are completed, and the provider has not seen their calls'],
    [cost.differing.length, 'rows have another cost than the provider would bill'],
    [cost.unanswered.length, 'rows are completed, and the provider has not answered their calls whole'],
  ];
  const empty = [
    ...(records.sent === 0 ? ['no records were sent'] : []),
    ...(calls.reached === 0 ? ['no call reached the provider'] : []),
  ];
  return [...empty, ...counts.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]))];
}

function clientProblems(kind: ClientKind, { clients }: FaultResult, promise: FaultPromise): string[] {
  const { outcomes, silentMs, backMs, isCalm } = clients[kind];
  const { mayFail, silentSeconds } = promise[kind];
  const unexpected = (Object.entries(outcomes) as [Outcome, number][]).filter(
    ([outcome]) => !isSuccess(outcome) && !mayFail.includes(outcome),
  );
  const seconds = (ms: number) => (ms / 1000).toFixed(1);
  return [
    ...unexpected.map(([outcome, count]) => `${kind}: ${count} saw ${outcome}, which is not promised`),
    ...(silentMs <= silentSeconds * 1000
      ? []
      : [`${kind}: no success for ${seconds(silentMs)} s, promised are at most ${silentSeconds} s`]),
    ...(backMs !== null && backMs <= promise.backSeconds * 1000
      ? []
      : [
          `${kind}: ${backMs === null ? 'no success' : `a success only ${seconds(backMs)} s`} after the repair`,
        ]),
    ...(isCalm || backMs === null ? [] : [`${kind}: failures went on after the repair`]),
  ];
}

function seenProblems({ clients }: FaultResult, { sees }: FaultPromise): string[] {
  if (sees === undefined || (clients[sees.client].outcomes[sees.outcome] ?? 0) > 0) return [];
  return [`the fault did not take place: no ${sees.client} saw ${sees.outcome}`];
}
