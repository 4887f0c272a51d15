/** Headers of a provider's answer that callers and their clients use. Cookies and those of the connection stay here. */
const PASSED =
  /^(content-type|retry-after(-ms)?|x-should-retry|request-id|x-ratelimit-.*|anthropic-.*|openai-.*)$/;

/** The provider's headers that are for the caller. @param headers names in lower case */
export function passedHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && PASSED.test(name)) passed[name] = value;
  }
  return passed;
}
