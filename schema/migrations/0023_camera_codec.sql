-- In what the teacher's page publishes her camera, if her browser can: vp8, vp9 or av1.
ALTER TABLE lessons ADD COLUMN camera_codec TEXT NOT NULL DEFAULT 'vp8';
ALTER TABLE lesson_series ADD COLUMN camera_codec TEXT NOT NULL DEFAULT 'vp8';
