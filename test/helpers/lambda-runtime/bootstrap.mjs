// What Lambda's runtime does: loads the handler, then asks for events and sends answers until it is ended.
const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const { handler } = await import(process.env.HANDLER_FILE);
for (;;) {
  const next = await fetch(`${api}/invocation/next`);
  const id = next.headers.get('lambda-runtime-aws-request-id');
  const deadlineMs = Number(next.headers.get('lambda-runtime-deadline-ms'));
  const context = { awsRequestId: id, getRemainingTimeInMillis: () => deadlineMs - Date.now() };
  const send = (path, body) =>
    fetch(`${api}/invocation/${id}/${path}`, {
      method: 'POST',
      headers: { 'x-peak-kilobytes': String(process.resourceUsage().maxRSS) },
      body: JSON.stringify(body),
    });
  try {
    await send('response', (await handler(await next.json(), context)) ?? null);
  } catch (error) {
    await send('error', { errorType: error.name, errorMessage: error.message });
  }
}
