-- Parts are written anew without these rows. What is newer than the mutation is found by the next look.
ALTER TABLE ${table}${on_cluster} DELETE WHERE ${customer} IN (${customers}) AND ${condition}
