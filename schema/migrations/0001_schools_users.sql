-- Schools and the people in them. Ids are opaque and sort by creation; times are milliseconds since 1970 UTC.
CREATE TABLE schools (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  version BIGINT NOT NULL
);
CREATE TABLE users (
  id TEXT NOT NULL PRIMARY KEY,
  school_id TEXT NOT NULL REFERENCES schools (id),
  given_name TEXT NOT NULL,
  family_name TEXT NOT NULL,
  roles TEXT NOT NULL,
  version BIGINT NOT NULL
);
CREATE INDEX users_of_school ON users (school_id, id);
