ALTER TABLE ${table}${on_cluster} DELETE WHERE build = ${build}
