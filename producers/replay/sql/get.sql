SELECT value FROM state WHERE name = :name
