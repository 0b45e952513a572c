-- Of the employers with a union, those whose union's record is sound (合格) by the last count before the run; null: never counted.
ALTER TABLE coverage ADD COLUMN employers_25_with_sound_union BIGINT;
