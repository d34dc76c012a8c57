-- Recurring lessons (RFC 5545), their occurrences, and the days on which a school is closed. A series says when in the
-- school's local time; its occurrences are rows of lessons, at their instants. recurrence_id: where the rule had put an
-- occurrence that was moved since.
CREATE TABLE lesson_series (
  id TEXT NOT NULL PRIMARY KEY,
  class_id TEXT NOT NULL REFERENCES classes (id),
  title TEXT NOT NULL,
  starts_at_local TEXT NOT NULL,
  duration_minutes BIGINT NOT NULL,
  rrule TEXT NOT NULL,
  rdates TEXT NOT NULL DEFAULT '',
  exdates TEXT NOT NULL DEFAULT '',
  teacher_id TEXT REFERENCES users (id),
  voice_packet_ms BIGINT NOT NULL DEFAULT 20,
  sequence BIGINT NOT NULL DEFAULT 0,
  updated_at BIGINT NOT NULL DEFAULT 0,
  deleted_at BIGINT,
  version BIGINT NOT NULL
);
CREATE INDEX lesson_series_of_class ON lesson_series (class_id, id);
ALTER TABLE lessons ADD COLUMN series_id TEXT REFERENCES lesson_series (id);
ALTER TABLE lessons ADD COLUMN recurrence_id BIGINT;
ALTER TABLE lessons ADD COLUMN teacher_id TEXT REFERENCES users (id);
ALTER TABLE lessons ADD COLUMN live_since BIGINT;
ALTER TABLE lessons ADD COLUMN despite_closure BIGINT NOT NULL DEFAULT 0;
ALTER TABLE lessons ADD COLUMN sequence BIGINT NOT NULL DEFAULT 0;
ALTER TABLE lessons ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE lessons ADD COLUMN deleted_at BIGINT;
CREATE INDEX lessons_by_start ON lessons (class_id, starts_at, id);
CREATE INDEX lessons_of_series ON lessons (series_id, recurrence_id);
CREATE INDEX lessons_of_teacher ON lessons (teacher_id, starts_at);
CREATE INDEX lessons_to_end ON lessons (status, ends_at);
CREATE TABLE closures (
  id TEXT NOT NULL PRIMARY KEY,
  school_id TEXT NOT NULL REFERENCES schools (id),
  title TEXT NOT NULL,
  starts_on TEXT NOT NULL,
  ends_on TEXT NOT NULL,
  uid TEXT NOT NULL DEFAULT '',
  updated_at BIGINT NOT NULL DEFAULT 0,
  deleted_at BIGINT,
  version BIGINT NOT NULL
);
CREATE INDEX closures_of_school ON closures (school_id, id);
CREATE INDEX closures_by_start ON closures (school_id, starts_on, id);
