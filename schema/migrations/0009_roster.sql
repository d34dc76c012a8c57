-- What OneRoster knows of classes, people and enrollments. Lists of words are comma-separated; a date is '' where there
-- is none. An enrollment may come again for other dates, so its triple is unique no more.
ALTER TABLE classes ADD COLUMN course_id TEXT REFERENCES courses (id);
ALTER TABLE classes ADD COLUMN class_code TEXT NOT NULL DEFAULT '';
ALTER TABLE classes ADD COLUMN class_type TEXT NOT NULL DEFAULT 'scheduled';
ALTER TABLE classes ADD COLUMN location TEXT NOT NULL DEFAULT '';
ALTER TABLE classes ADD COLUMN grades TEXT NOT NULL DEFAULT '';
ALTER TABLE classes ADD COLUMN subjects TEXT NOT NULL DEFAULT '';
ALTER TABLE classes ADD COLUMN subject_codes TEXT NOT NULL DEFAULT '';
ALTER TABLE classes ADD COLUMN periods TEXT NOT NULL DEFAULT '';
ALTER TABLE classes ADD COLUMN term_ids TEXT NOT NULL DEFAULT '';
ALTER TABLE classes ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE classes ADD COLUMN sourced_id TEXT NOT NULL DEFAULT '';
ALTER TABLE classes ADD COLUMN extra TEXT NOT NULL DEFAULT '';
ALTER TABLE classes ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE classes ADD COLUMN deleted_at BIGINT;
CREATE INDEX classes_by_title ON classes (school_id, title, id);
CREATE INDEX classes_of_course ON classes (course_id, id);
CREATE UNIQUE INDEX classes_by_source ON classes (source, sourced_id) WHERE sourced_id <> '';
ALTER TABLE users ADD COLUMN middle_name TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN username TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN email TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN phone TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN identifier TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN grades TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN enabled BIGINT NOT NULL DEFAULT 1;
ALTER TABLE users ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN sourced_id TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN extra TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN deleted_at BIGINT;
CREATE INDEX users_by_family_name ON users (school_id, family_name, id);
CREATE INDEX users_by_username ON users (username) WHERE username <> '';
CREATE INDEX users_by_email ON users (email) WHERE email <> '';
CREATE UNIQUE INDEX users_by_source ON users (source, sourced_id) WHERE sourced_id <> '';
CREATE TABLE enrollments_dated (
  id TEXT NOT NULL PRIMARY KEY,
  class_id TEXT NOT NULL REFERENCES classes (id),
  user_id TEXT NOT NULL REFERENCES users (id),
  role TEXT NOT NULL,
  is_primary BIGINT NOT NULL DEFAULT 0,
  starts_on TEXT NOT NULL DEFAULT '',
  ends_on TEXT NOT NULL DEFAULT '',
  source TEXT NOT NULL DEFAULT '',
  sourced_id TEXT NOT NULL DEFAULT '',
  extra TEXT NOT NULL DEFAULT '',
  updated_at BIGINT NOT NULL DEFAULT 0,
  deleted_at BIGINT,
  version BIGINT NOT NULL
);
INSERT INTO enrollments_dated (id, class_id, user_id, role, version)
  SELECT id, class_id, user_id, role, version FROM enrollments;
DROP TABLE enrollments;
ALTER TABLE enrollments_dated RENAME TO enrollments;
CREATE INDEX enrollments_of_class ON enrollments (class_id, id);
CREATE INDEX enrollments_of_user ON enrollments (user_id, class_id, role);
CREATE UNIQUE INDEX enrollments_by_source ON enrollments (source, sourced_id) WHERE sourced_id <> '';
