import type { WorkloadSettings } from './constants';
import { decideFloor, type FloorDecision } from './decide-floor';
import { type EventWindow, eventWindow } from './decision/planned-events';
import { decisionRecord } from './decision-record';
import { applyFloor } from './hpa/apply-floor';
import { leaseEndOf } from './hpa/floor-lease';
import type { HpaSnapshot } from './hpa/hpa-client';
import { isDecided, repeatDecision } from './kept-floor';
import { mergeLoads } from './kept-loads';
import { type LoadedState, loadState } from './load-state';
import { catchUp, type Measured } from './measure';
import { MetricsFailure } from './metrics/metrics-source';
import { areModelsReady, outlookOf } from './outlook';
import { problemOf } from './problem-of';
import { readHpa, refOf } from './read-hpa';
import type { WorkloadReport } from './report';
import type { Deferred, Run, Training } from './run';
import { encodeState, sourceOf, type WorkloadState } from './workload-state';

/**
 * One workload of one run: load the state, measure, forecast, decide, claim the slot, act.
 * @param recent its last hours
 * @throws {CallError} @throws {Refusal} where nothing could be decided or claimed
 */
export async function reconcileWorkload(
  settings: WorkloadSettings,
  recent: Measured,
  run: Run,
  training: Training,
): Promise<WorkloadReport | Deferred> {
  const loaded = await loadState(run.stateStore, settings);
  const { state } = loaded;
  if (isDecided(state?.decision, settings, run)) return repeatDecision(settings, state.decision, run);
  const events = settings.events.map(eventWindow);
  if (training === 'defer' && !hasReadyModels(settings, state, events, run)) {
    return { settings, waitingSince: state?.waitingSince ?? run.nowMinute };
  }
  const hpa = await readHpa(run.hpaClient, settings);
  const measured = await catchUp(settings, recent, state, run);
  const samples = measured instanceof MetricsFailure ? [] : measured;
  const loads = mergeLoads(state?.loads, samples, settings.stepMinutes, run.originMinute);
  const outlook = outlookOf({
    settings,
    loads,
    events,
    models: state?.models,
    originMinute: run.originMinute,
    mayTrain: training === 'now',
  });
  const floor = decideFloor(settings, outlook, hpa, events, state, run);
  const next: WorkloadState = {
    source: sourceOf(settings),
    loads,
    measuredUntil: measured instanceof MetricsFailure ? measuredUntil(state) : run.nowMinute,
    goodMinute: floor.goodMinute,
    waitingSince:
      outlook.gate.reason === 'waiting-for-training' ? (state?.waitingSince ?? run.nowMinute) : undefined,
    decision: keptDecision(settings, floor, run),
    models: outlook.models,
  };
  const report = await claimAndAct(settings, next, loaded, floor, hpa, run);
  if (report.outcome === 'outrun') return report;
  const problem = report.problem ?? (measured instanceof MetricsFailure ? problemOf(measured) : undefined);
  const record = decisionRecord({ settings, outlook, floor, hpa, run, rebuilt: loaded.rebuilt });
  return { ...report, ...(problem && { problem }), record };
}

function hasReadyModels(
  settings: WorkloadSettings,
  state: WorkloadState | undefined,
  events: readonly EventWindow[],
  { originMinute }: Run,
): boolean {
  if (!state) return false;
  const loads = mergeLoads(state.loads, [], settings.stepMinutes, originMinute);
  return areModelsReady({ settings, loads, events, models: state.models, originMinute });
}

function measuredUntil(state: WorkloadState | undefined): number {
  return state?.measuredUntil ?? Number.NEGATIVE_INFINITY;
}

function keptDecision(
  { baseMinReplicas, mode }: WorkloadSettings,
  { decision, leaseEndMinute }: FloorDecision,
  { runId, slotMinute }: Run,
): WorkloadState['decision'] {
  return {
    slotMinute,
    runId,
    mode,
    floor: decision.minReplicas,
    base: baseMinReplicas,
    leaseEndMinute,
    reason: decision.reason,
    recentlyWanted: decision.state.recentlyWanted,
  };
}

/** Whoever saves the decision first acts on it. */
async function claimAndAct(
  settings: WorkloadSettings,
  next: WorkloadState,
  { etag }: LoadedState,
  { decision, isLapsing, leaseEndMinute }: FloorDecision,
  hpa: HpaSnapshot,
  run: Run,
): Promise<WorkloadReport> {
  const workload = settings.name;
  const before = { workload, message: decision.message, leaseEndMinute: leaseEndOf(hpa) };
  if ((await run.stateStore.save(workload, encodeState(next), etag)) === 'conflict') {
    return { ...before, outcome: 'outrun', message: 'another run decided on this slot at the same time' };
  }
  if (isLapsing) return { ...before, outcome: 'lapsing' };
  const lease = {
    floor: decision.minReplicas,
    base: settings.baseMinReplicas,
    endMinute: leaseEndMinute,
    runId: run.runId,
    reason: decision.reason,
  };
  try {
    const options = { dryRun: settings.mode === 'forecast-only' };
    const outcome = await applyFloor(run.hpaClient, refOf(settings), hpa, lease, options);
    if (outcome === 'applied') return { ...before, outcome, leaseEndMinute };
    return outcome === 'dry-run' ? { ...before, outcome } : { ...before, outcome, leaseEndMinute: undefined };
  } catch (error) {
    return { ...before, outcome: 'failed', problem: problemOf(error) };
  }
}
