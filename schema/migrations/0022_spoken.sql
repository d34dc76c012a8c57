-- How long a student's voice sounded on the floor during a stay, in milliseconds.
ALTER TABLE presences ADD COLUMN spoken_ms BIGINT NOT NULL DEFAULT 0;
