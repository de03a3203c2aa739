ALTER TABLE ${table}${on_cluster} DROP PARTITION ${build}
