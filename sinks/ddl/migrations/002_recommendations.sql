-- A list as one text came after the first tables of them; of lists from before, it is made when it is asked for.
ALTER TABLE recommendation_lists
    ADD COLUMN IF NOT EXISTS as_text String MATERIALIZED toString((products, scores, reasons, because, shared, peers));
