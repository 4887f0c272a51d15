import type { ReplacedSetting } from '../local/platform/service-settings';
import type { PlatformState } from './platform-folder';

export interface WelcomeProps {
  readonly state: PlatformState;
  /** Address of the HPA's page; null where the number of API processes is fixed. */
  readonly page: string | null;
  /** How long the start took. */
  readonly seconds: number;
  readonly now: Date;
}

/** What somebody reads who has started the platform: addresses, keys, and what to try. */
export function welcomeLines({ state, page, seconds, now }: WelcomeProps): string[] {
  const { api, keys } = state;
  return [
    '',
    `The platform is ready (${seconds.toFixed(1)} s). Everything listens on this machine only.`,
    '',
    `  API and gateway   ${api}   (documentation: docs/api.md, ${api}/api/v1/openapi.json)`,
    `  Admin server      ${state.admin}`,
    `  Metrics           ${state.metrics}`,
    `  Provider          ${state.provider ?? 'the real ones'}`,
    `  PostgreSQL        ${state.database}`,
    `  Valkey            ${state.cache ?? 'none: each API process has a cache of its own'}`,
    ...(page === null
      ? []
      : [`  Load and pods     ${page}   (npm run scaler -- --local sets a floor by its forecast)`]),
    '',
    `  Key of a project       ${keys.project}`,
    `  Key of another one     ${keys.other_project}`,
    `  Key of the administrator  ${keys.organisation_admin}`,
    '',
    'Three things to try, in another terminal:',
    '',
    '  # what the last 30 days cost, by model',
    `  curl -s -H 'Authorization: Bearer ${keys.project}' '${api}/api/v1/costs?${monthQuery(now)}&group_by=model'`,
    '',
    '  # a call through the gateway, by the client of OpenAI; repeat it: the second answer comes from the cache',
    `  OPENAI_BASE_URL=${api}/api/v1 OPENAI_API_KEY=${keys.project} npx node -e ${quote(CLIENT)}`,
    '',
    '  # a load test',
    `  npm run load -- --scenario load --target ${api} --rate 50 --users 50 -e API_TOKEN=${keys.project} -e WRITES=true`,
    '',
    'Ctrl-C ends it; the data stays.',
  ];
}

const CLIENT =
  "new (require('openai'))().chat.completions.create({ model: 'gpt-4o-mini', temperature: 0, " +
  "messages: [{ role: 'user', content: 'Hello' }] }).then((answer) => console.log(answer.choices[0].message.content))";

const DAY_MS = 86_400_000;

/** The last 30 days, to the end of today. */
function monthQuery(now: Date): string {
  const day = (offset: number) =>
    `${new Date(now.getTime() + offset * DAY_MS).toISOString().slice(0, 10)}T00:00:00Z`;
  return `from=${day(-30)}&to=${day(1)}`;
}

function quote(text: string): string {
  return `"${text}"`;
}

/** What of the environment's settings is different here. */
export function replacedLines(environment: string, replaced: readonly ReplacedSetting[]): string[] {
  return [
    `The service runs with the settings of ${environment}, as npm run charts renders them, but for:`,
    ...replaced.map(
      ({ name, rendered, local }) => `  ${name}: ${shown(local)} instead of ${shown(rendered)}`,
    ),
  ];
}

/** Longest value that is shown. */
const SHOWN = 60;

function shown(value: string | null): string {
  if (value === null || value === '') return 'nothing';
  return value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value;
}
