-- How often a job's process died while it worked: once, it is begun again by itself; twice, it may be what kills the process.
ALTER TABLE job ADD COLUMN interruptions BIGINT NOT NULL DEFAULT 0;
