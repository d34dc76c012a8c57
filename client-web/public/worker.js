// Service worker: keeps the page for the next visit. What has a hash in its name never changes and is answered from
// here; the page itself comes from the server, and from here when the server does not answer: then it says so, and lets
// its visitor in as soon as the server does.
const store = 'pages';

self.addEventListener('install', (event) => {
  self.skipWaiting();
  event.waitUntil(begin());
});
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  if (pathname.startsWith('/assets/')) event.respondWith(lasting(request));
  else if (request.mode === 'navigate' && !pathname.startsWith('/api/')) event.respondWith(page(request));
});

// What the first visit has loaded is here for the second: its parts come from the browser's own cache.
async function begin() {
  const cache = await caches.open(store);
  const fresh = await fetch('/');
  const text = await fresh.clone().text();
  await cache.put('/', fresh);
  await cache.addAll([...text.matchAll(/"(\/assets\/[^"]+)"/g)].map((match) => match[1]));
}

async function lasting(request) {
  const cache = await caches.open(store);
  const known = await cache.match(request);
  if (known) return known;
  const fresh = await fetch(request);
  if (fresh.ok) await cache.put(request, fresh.clone());
  return fresh;
}

// All addresses of the pages get the same one. Another one than before: its parts are others, too.
async function page(request) {
  const cache = await caches.open(store);
  const known = await cache.match('/');
  try {
    const fresh = await fetch(request);
    if (!fresh.ok) return fresh;
    const text = await fresh.clone().text();
    if (!known || (await known.text()) !== text) {
      for (const part of await cache.keys()) await cache.delete(part);
      await cache.put('/', fresh.clone());
    }
    return fresh;
  } catch (fault) {
    if (known) return known;
    throw fault;
  }
}
