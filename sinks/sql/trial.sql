INSERT INTO FUNCTION null('${structure}')
SETTINGS input_format_avro_allow_missing_fields = ${missing_fields}
FORMAT Avro
