/**
 * PostgreSQL parameters that keep values out of its log. Statements above `log_min_duration_statement` and failed ones
 * are logged; their values may be prompts, which would outlive their erasure in CloudWatch.
 */
export const LOG_PARAMETERS: Readonly<Record<string, string>> = {
  // Statements without the values of $1, $2, …
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  // Errors without DETAIL, which shows the row that broke a constraint.
  log_error_verbosity: 'terse',
};
