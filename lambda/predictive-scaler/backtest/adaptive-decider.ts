import { adaptiveRule } from '../decision/adaptive-rule';
import type { ScalingSettings } from './policy-replay';
import type { Decider } from './replay';

/** From a decision to the minute in which it is in force. */
const REACTION_MINUTES = 1;

const MINUTES_OF_DAY = 1440;

/** Days whose loads the rule may replay. */
const REPLAY_DAYS = 4;

/**
 * The adaptive rule at each origin of a replay, free to choose the HPA's target beside its floor.
 * @param intervalMinutes time between two origins
 */
export function adaptiveDecider(settings: ScalingSettings, intervalMinutes: number): Decider {
  return ({ originMinute, history, forecast, pastForecasts }) => {
    const firstMinute = originMinute - REPLAY_DAYS * MINUTES_OF_DAY;
    const { replicas, hpaTarget, reason } = adaptiveRule(
      {
        forecast,
        past: pastForecasts(),
        recent: { firstMinute, loads: history.loadsByMinute(firstMinute, originMinute) },
      },
      {
        capacity: settings,
        startMinutes: settings.leadMinutes - REACTION_MINUTES,
        intervalMinutes,
        hpaTarget: { allowed: true },
      },
    );
    return { replicas, hpaTarget, reason };
  };
}
