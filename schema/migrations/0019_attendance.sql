-- The attendance ledger: who was in a lesson, from when to when, and why not longer. Times are milliseconds by the clock
-- that the lesson began with, so that a wall clock which jumps meanwhile makes nobody's stay longer or shorter.
-- beat_at: until then the lesson is known to have run; after a crash the stays that had no end are ended there.
-- outage_ms: how long of it the server was not there at all.
CREATE TABLE lesson_ledgers (
  lesson_id TEXT NOT NULL PRIMARY KEY REFERENCES lessons (id) ON DELETE CASCADE,
  live_at BIGINT,
  beat_at BIGINT NOT NULL,
  ended_at BIGINT,
  outage_ms BIGINT NOT NULL
);
CREATE INDEX lesson_ledgers_running ON lesson_ledgers (lesson_id) WHERE ended_at IS NULL;
-- One stay of one person. participant: p_ and a user or a join token. reason: why it ended: left, link_lost, removed,
-- lesson_ended, server_stopped; '' while it runs. quality: three letters a minute, the rung and the loss.
CREATE TABLE presences (
  id TEXT NOT NULL PRIMARY KEY,
  lesson_id TEXT NOT NULL REFERENCES lessons (id) ON DELETE CASCADE,
  participant TEXT NOT NULL,
  user_id TEXT REFERENCES users (id),
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  began_at BIGINT NOT NULL,
  ended_at BIGINT,
  reason TEXT NOT NULL,
  quality TEXT NOT NULL
);
CREATE INDEX presences_of_lesson ON presences (lesson_id, began_at);
CREATE INDEX presences_of_user ON presences (user_id, lesson_id);
-- Who was enrolled when the lesson ended: whoever never came is absent, also after she has left the class.
CREATE TABLE lesson_expected (
  lesson_id TEXT NOT NULL REFERENCES lessons (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id),
  PRIMARY KEY (lesson_id, user_id)
);
CREATE INDEX lesson_expected_of_user ON lesson_expected (user_id, lesson_id);
-- What a teacher set right: the last one counts, all are kept. number counts those of one person in one lesson.
CREATE TABLE attendance_corrections (
  lesson_id TEXT NOT NULL REFERENCES lessons (id) ON DELETE CASCADE,
  user_id TEXT NOT NULL REFERENCES users (id),
  number BIGINT NOT NULL,
  corrected_at BIGINT NOT NULL,
  corrected_by TEXT NOT NULL,
  corrected_by_name TEXT NOT NULL,
  minutes_before BIGINT NOT NULL,
  minutes BIGINT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (lesson_id, user_id, number)
);
CREATE INDEX attendance_corrections_of_user ON attendance_corrections (user_id, lesson_id);
CREATE INDEX attendance_corrections_by ON attendance_corrections (corrected_by);
