-- The next claim of the log; it counts for nothing where its text or its number is held.
INSERT OR IGNORE INTO ids VALUES (:kind, :text, :number, :content)
