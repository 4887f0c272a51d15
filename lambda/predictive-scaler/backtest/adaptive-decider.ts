import { adaptiveRule } from '../decision/adaptive-rule';
import { CandidateReplay, type ReplaySettings } from '../decision/candidate-replay';
import { ISSUE_MINUTES } from '../decision/floor-candidates';
import type { PeakWindow } from '../model/peak-features';
import type { ScalingSettings } from './policy-replay';
import type { Decider } from './replay';

const MINUTES_OF_DAY = 1440;

/** Days whose loads the rule may replay. */
const REPLAY_DAYS = 4;

/** The adaptive rule at each origin, and the window that it wants to know the peak of. */
export interface AdaptivePolicy {
  readonly decider: Decider;
  readonly peakWindow: PeakWindow;
}

/**
 * The adaptive rule at each origin of a replay: free to choose the HPA's target beside its floor, and under a fixed one.
 * @param intervalMinutes time between two origins
 * @param fixedHpaTarget utilisation 0 to 1
 */
export function adaptiveDecider(
  settings: ScalingSettings,
  intervalMinutes: number,
  fixedHpaTarget: number,
): AdaptivePolicy {
  const startMinutes = settings.leadMinutes - ISSUE_MINUTES;
  const common = { capacity: settings, startMinutes, intervalMinutes };
  const free = ruleWith({ ...common, hpaTarget: { allowed: true } });
  const fixed = ruleWith({ ...common, hpaTarget: { allowed: false, fixed: fixedHpaTarget } });
  return {
    decider: ({ originMinute, history, forecast, pastForecasts }) => {
      const firstMinute = originMinute - REPLAY_DAYS * MINUTES_OF_DAY;
      const { unsettledFrom } = history;
      const recent = { firstMinute, loads: history.loadsByMinute(firstMinute, originMinute), unsettledFrom };
      const input = { forecast, past: pastForecasts(), recent };
      const { replicas, hpaTarget, reason } = free(input);
      return { replicas, hpaTarget, replicasUnderFixedHpa: fixed(input).replicas, reason };
    },
    // What is asked for at an origin serves until the replicas of the next decision have started.
    peakWindow: { delayMinutes: ISSUE_MINUTES, lengthMinutes: intervalMinutes + startMinutes },
  };
}

/** The rule with what it has replayed so far. */
function ruleWith(settings: ReplaySettings) {
  const replay = new CandidateReplay(settings);
  return (input: Parameters<typeof adaptiveRule>[0]) => adaptiveRule(input, settings, replay);
}
