-- Slides of a lesson. state: converting, ready, failed; reason: why it failed, a code. done: pages that are converted.
-- The pages' pictures lie in files named by the SHA-256 of what they hold.
CREATE TABLE decks (
  id TEXT NOT NULL PRIMARY KEY,
  lesson_id TEXT NOT NULL REFERENCES lessons (id) ON DELETE CASCADE,
  title TEXT NOT NULL,
  format TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  pages BIGINT NOT NULL,
  done BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX decks_of_lesson ON decks (lesson_id, id);
CREATE INDEX decks_unfinished ON decks (state, id);
-- A page as large as it is drawn at most, and what is written on it.
CREATE TABLE deck_pages (
  deck_id TEXT NOT NULL REFERENCES decks (id) ON DELETE CASCADE,
  page BIGINT NOT NULL,
  width BIGINT NOT NULL,
  height BIGINT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (deck_id, page)
);
-- The same page at one width.
CREATE TABLE deck_pictures (
  deck_id TEXT NOT NULL,
  page BIGINT NOT NULL,
  width BIGINT NOT NULL,
  coding TEXT NOT NULL,
  hash TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  PRIMARY KEY (deck_id, page, width),
  FOREIGN KEY (deck_id, page) REFERENCES deck_pages (deck_id, page) ON DELETE CASCADE
);
CREATE INDEX deck_pictures_by_hash ON deck_pictures (hash);
