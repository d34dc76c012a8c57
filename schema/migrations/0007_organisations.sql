-- Schools are organisations that may stand in one another (OneRoster: org). What is imported keeps the sourcedId of the
-- system it came from; source names the organisation that the import was made for. extra: OneRoster columns that have
-- no place of their own, as JSON. What is deleted stays, with its date, until it is restored or purged.
ALTER TABLE schools ADD COLUMN parent_id TEXT REFERENCES schools (id);
ALTER TABLE schools ADD COLUMN type TEXT NOT NULL DEFAULT 'school';
ALTER TABLE schools ADD COLUMN identifier TEXT NOT NULL DEFAULT '';
ALTER TABLE schools ADD COLUMN lessons_open_before_minutes BIGINT NOT NULL DEFAULT 10;
ALTER TABLE schools ADD COLUMN lessons_end_after_minutes BIGINT NOT NULL DEFAULT 15;
ALTER TABLE schools ADD COLUMN keep_lessons_days BIGINT NOT NULL DEFAULT 0;
ALTER TABLE schools ADD COLUMN keep_audit_days BIGINT NOT NULL DEFAULT 0;
ALTER TABLE schools ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE schools ADD COLUMN sourced_id TEXT NOT NULL DEFAULT '';
ALTER TABLE schools ADD COLUMN extra TEXT NOT NULL DEFAULT '';
ALTER TABLE schools ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE schools ADD COLUMN deleted_at BIGINT;
CREATE INDEX schools_of_parent ON schools (parent_id, id);
CREATE INDEX schools_by_name ON schools (name, id);
CREATE UNIQUE INDEX schools_by_source ON schools (source, sourced_id) WHERE sourced_id <> '';
