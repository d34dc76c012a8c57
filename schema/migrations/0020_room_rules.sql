-- What a school lays down for its lessons. lobby: who waits until the teacher admits them, unless she says otherwise: off,
-- guests, everybody. students_cameras: allowed, off. chat_words: words that students may not write, parted by commas,
-- and what becomes of a line with one of them: mask, refuse.
ALTER TABLE schools ADD COLUMN lobby TEXT NOT NULL DEFAULT 'off';
ALTER TABLE schools ADD COLUMN students_cameras TEXT NOT NULL DEFAULT 'allowed';
ALTER TABLE schools ADD COLUMN chat_words TEXT NOT NULL DEFAULT '';
ALTER TABLE schools ADD COLUMN chat_words_rule TEXT NOT NULL DEFAULT 'mask';
