// CloudFront Function (JavaScript runtime 2.0), before the cache of the default behaviour: a path that names no
// file is a route of the web application, which index.html serves. An extension starts with a letter, so that
// /models/gpt-4.1 is a route and /assets/app.4f2a.js a file.
// biome-ignore lint/correctness/noUnusedVariables: CloudFront calls it by this name
function handler(event) {
  const request = event.request;
  const lastSegment = request.uri.slice(request.uri.lastIndexOf('/') + 1);
  if (!/\.[a-z][a-z0-9]*$/i.test(lastSegment)) request.uri = '/index.html';
  return request;
}
