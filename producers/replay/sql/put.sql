INSERT OR REPLACE INTO state VALUES (:name, :value)
