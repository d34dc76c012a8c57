-- Terms, years and grading periods (OneRoster: academicSession), and courses. Dates are YYYY-MM-DD in the school's
-- time zone.
CREATE TABLE academic_sessions (
  id TEXT NOT NULL PRIMARY KEY,
  school_id TEXT NOT NULL REFERENCES schools (id),
  title TEXT NOT NULL,
  type TEXT NOT NULL,
  starts_on TEXT NOT NULL,
  ends_on TEXT NOT NULL,
  parent_id TEXT REFERENCES academic_sessions (id),
  school_year TEXT NOT NULL,
  source TEXT NOT NULL DEFAULT '',
  sourced_id TEXT NOT NULL DEFAULT '',
  extra TEXT NOT NULL DEFAULT '',
  updated_at BIGINT NOT NULL DEFAULT 0,
  deleted_at BIGINT,
  version BIGINT NOT NULL
);
CREATE INDEX academic_sessions_of_school ON academic_sessions (school_id, id);
CREATE INDEX academic_sessions_by_start ON academic_sessions (school_id, starts_on, id);
CREATE UNIQUE INDEX academic_sessions_by_source ON academic_sessions (source, sourced_id) WHERE sourced_id <> '';
CREATE TABLE courses (
  id TEXT NOT NULL PRIMARY KEY,
  school_id TEXT NOT NULL REFERENCES schools (id),
  title TEXT NOT NULL,
  course_code TEXT NOT NULL DEFAULT '',
  grades TEXT NOT NULL DEFAULT '',
  subjects TEXT NOT NULL DEFAULT '',
  subject_codes TEXT NOT NULL DEFAULT '',
  school_year_id TEXT REFERENCES academic_sessions (id),
  source TEXT NOT NULL DEFAULT '',
  sourced_id TEXT NOT NULL DEFAULT '',
  extra TEXT NOT NULL DEFAULT '',
  updated_at BIGINT NOT NULL DEFAULT 0,
  deleted_at BIGINT,
  version BIGINT NOT NULL
);
CREATE INDEX courses_of_school ON courses (school_id, id);
CREATE INDEX courses_by_title ON courses (school_id, title, id);
CREATE UNIQUE INDEX courses_by_source ON courses (source, sourced_id) WHERE sourced_id <> '';
