-- A list as one text, and whose buyers it counts, came after the first tables of them. Of lists from before, the text is made
-- when it is asked for, and whose buyers they count is not known.
ALTER TABLE recommendation_lists
    ADD COLUMN IF NOT EXISTS segment LowCardinality(String) AFTER peers,
    ADD COLUMN IF NOT EXISTS as_text String MATERIALIZED concat(toString((products, scores, reasons, because, shared, peers)), segment);

-- Where the text was there before the segment.
ALTER TABLE recommendation_lists
    MODIFY COLUMN as_text String MATERIALIZED concat(toString((products, scores, reasons, because, shared, peers)), segment);
