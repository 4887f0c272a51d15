/** Which answers of models a project keeps: those that are the same each time, all, or none. */
export const ANSWER_CACHING = ['default', 'all', 'off'] as const;
export type AnswerCaching = (typeof ANSWER_CACHING)[number];
