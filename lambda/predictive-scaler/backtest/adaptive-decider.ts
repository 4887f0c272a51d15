import { adaptiveRule } from '../decision/adaptive-rule';
import { CandidateReplay, type ReplaySettings } from '../decision/candidate-replay';
import { ISSUE_MINUTES } from '../decision/floor-candidates';
import type { PeakWindow } from '../model/peak-features';
import type { ScalingSettings } from './policy-replay';
import type { Decider } from './replay';

const MINUTES_OF_DAY = 1440;

/** Days of loads that the rule may replay. */
const REPLAY_DAYS = 4;

/** The adaptive rule as a policy of a replay. */
export interface AdaptivePolicy {
  /** Decides at each origin. */
  readonly decider: Decider;
  /** Window whose peak the rule needs forecast. */
  readonly peakWindow: PeakWindow;
}

/**
 * The adaptive rule at each origin of a replay, with a free choice of the HPA's target and with a fixed target.
 * @param intervalMinutes time between two origins
 * @param fixedHpaTarget target utilisation of the HPA, 0 to 1
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
    // The replicas of a decision must suffice until those of the next decision have started.
    peakWindow: { delayMinutes: ISSUE_MINUTES, lengthMinutes: intervalMinutes + startMinutes },
  };
}

/** The rule with its own replay, which continues from origin to origin. */
function ruleWith(settings: ReplaySettings) {
  const replay = new CandidateReplay(settings);
  return (input: Parameters<typeof adaptiveRule>[0]) => adaptiveRule(input, settings, replay);
}
