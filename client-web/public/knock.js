// Asks for the lesson and for who I am while the page itself still loads: on a thin line that is seconds sooner.
// src/api/http.ts takes the answers.
(() => {
  const lesson = /^\/join\/([\w-]+)$/.exec(location.pathname)?.[1];
  const token = location.hash.slice(1);
  if (!lesson || !token) return;
  window.knocked = {};
  for (const path of [`/api/v1/lessons/${lesson}`, '/api/v1/me']) {
    window.knocked[path] = fetch(path, { headers: { Authorization: `Bearer ${token}` } });
    window.knocked[path].catch(() => undefined);
  }
})();
