import { adaptiveRule } from '../decision/adaptive-rule';
import { CandidateReplay } from '../decision/candidate-replay';
import { ISSUE_MINUTES } from '../decision/floor-candidates';
import type { PeakWindow } from '../model/peak-features';
import type { ScalingSettings } from './policy-replay';
import type { Decider } from './replay';

const MINUTES_OF_DAY = 1440;

/** Days whose loads the rule may replay. */
const REPLAY_DAYS = 4;

/**
 * The adaptive rule at each origin of a replay, free to choose the HPA's target beside its floor.
 * @param intervalMinutes time between two origins
 */
export function adaptiveDecider(
  settings: ScalingSettings,
  intervalMinutes: number,
): { readonly decider: Decider; readonly peakWindow: PeakWindow } {
  const startMinutes = settings.leadMinutes - ISSUE_MINUTES;
  const replaySettings = {
    capacity: settings,
    startMinutes,
    intervalMinutes,
    hpaTarget: { allowed: true },
  } as const;
  const candidateReplay = new CandidateReplay(replaySettings);
  const decider: Decider = ({ originMinute, history, forecast, pastForecasts }) => {
    const firstMinute = originMinute - REPLAY_DAYS * MINUTES_OF_DAY;
    const { replicas, hpaTarget, reason } = adaptiveRule(
      {
        forecast,
        past: pastForecasts(),
        recent: { firstMinute, loads: history.loadsByMinute(firstMinute, originMinute) },
      },
      replaySettings,
      candidateReplay,
    );
    return { replicas, hpaTarget, reason };
  };
  // What is asked for at an origin serves until the replicas of the next decision have started.
  return {
    decider,
    peakWindow: { delayMinutes: ISSUE_MINUTES, lengthMinutes: intervalMinutes + startMinutes },
  };
}
